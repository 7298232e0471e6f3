/** An error as AWS's APIs answer it; thrown by an operation, written by the server. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Members of the error beside its message, and headers such as Retry-After. */
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { readonly fields?: Record<string, string>; readonly headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = more.fields ?? {};
    this.headers = more.headers ?? {};
  }
}
