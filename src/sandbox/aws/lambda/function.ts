/** A function of the stand-in for Lambda: what runs in each of its environments, and Lambda's settings of it. */
export type FunctionOptions = {
  readonly memoryMb: number;
  /** From the handing out of an event; then the environment is ended. Lambda allows 900,000 at most. */
  readonly timeoutMs: number;
  /** `PER_TENANT`: an environment serves one tenant only, and every Invoke must name one. */
  readonly tenancy?: "PER_TENANT" | undefined;
  /** Environments that may work at once; further events wait in Lambda's own queue. Default: as many as asked. */
  readonly reservedConcurrency?: number | undefined;
  /** What the container image's entry point would be; `file` is an absolute path. */
  readonly command: { readonly file: string; readonly args: readonly string[] };
  /** The function's own variables; paths in them stay visible, read-only, in its environments. */
  readonly env: Readonly<Record<string, string>>;
};

/** One accepted Invoke, on its way to an environment. */
export type LambdaEvent = {
  readonly requestId: string;
  readonly functionName: string;
  readonly tenant: string | undefined;
  readonly body: string;
  readonly acceptedAtMs: number;
};

/** `ending`: it takes no further event, but something of it may still be there. */
export type EnvironmentState = "starting" | "busy" | "frozen" | "ending" | "ended";

export type EnvironmentView = {
  readonly id: string;
  readonly functionName: string;
  readonly tenant: string | undefined;
  readonly state: EnvironmentState;
  readonly launchedAtMs: number;
  readonly logGroup: string;
  readonly logStream: string;
};

/** What happens inside, for progress output and tests. */
export type FakeAwsEvent = {
  readonly type:
    | "accepted"
    | "dropped"
    | "environment-started"
    | "invocation-started"
    | "invocation-answered"
    | "invocation-failed"
    | "invocation-timed-out"
    | "environment-ended";
  readonly functionName: string;
  readonly tenant: string | undefined;
  readonly requestId?: string | undefined;
  /** What the event carries, JSON. */
  readonly payload?: string | undefined;
  readonly reason?: string | undefined;
};
