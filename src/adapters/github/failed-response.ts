export type ResponseHeaders = Readonly<Record<string, string | number | undefined>>;

/** What GitHub answered to a call that failed. */
export type FailedResponse = {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** GitHub's `message`, empty when it gave none. */
  readonly message: string;
};

type Shape = { status?: unknown; response?: { status?: unknown; headers?: ResponseHeaders; data?: unknown } };

/**
 * The answer in an error of Octokit; undefined when none came: Octokit makes up a status of 500 for a connection that
 * broke, so only the presence of a response tells the two apart.
 */
export function failedResponse(error: unknown): FailedResponse | undefined {
  const response = typeof error === "object" && error !== null ? (error as Shape).response : undefined;
  if (response === undefined || typeof response.status !== "number") return undefined;
  return { status: response.status, headers: response.headers ?? {}, message: messageOf(response.data) };
}

function messageOf(data: unknown): string {
  if (typeof data === "string") return data.trimStart().startsWith("<") ? "" : data; // a proxy's HTML page
  if (typeof data !== "object" || data === null) return "";
  const { message, errors } = data as { message?: unknown; errors?: unknown };
  const details = Array.isArray(errors) ? errors.map(detailOf).filter((detail) => detail !== "") : [];
  return [typeof message === "string" ? message : "", ...details].filter((part) => part !== "").join("; ");
}

function detailOf(error: unknown): string {
  if (typeof error === "string") return error;
  const { message, code, field } = (error ?? {}) as { message?: unknown; code?: unknown; field?: unknown };
  return [message ?? code, field].filter((part) => typeof part === "string").join(" ");
}
