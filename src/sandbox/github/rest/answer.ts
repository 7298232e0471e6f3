/** What an operation answers. */
export type Answer = {
  readonly status: number;
  /** JSON; a bigint is written as a number. Undefined: no body. */
  readonly body?: unknown;
  /** Instead of JSON. */
  readonly raw?: { readonly contentType: string; readonly text: string };
  readonly headers?: Readonly<Record<string, string>>;
};

/** An error as GitHub words it: message, link, status as text. */
export function problem(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    body: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
    headers,
  };
}

/** A 422 with the field that is wrong. */
export function invalid(resource: string, field: string, message: string): Answer {
  return {
    status: 422,
    body: {
      message: "Validation Failed",
      errors: [`${resource} ${field} ${message}`],
      documentation_url: "https://docs.github.com/rest",
      status: "422",
    },
  };
}

/** What GitHub says about everything that is not there or that the caller may not know of. */
export function notFound(): Answer {
  return problem(404, "Not Found");
}
