/** Plain JSON all through: a value that the file writes with `${{ }}` stays the text it is, not yet evaluated. */
export type Workflow = {
  /** `name:` of the file, or its path as GitHub shows it. */
  readonly name: string;
  readonly path: string;
  /** Names of the events it is triggered by. */
  readonly on: readonly string[];
  readonly env: Env;
  readonly defaults: Defaults;
  readonly concurrency?: unknown;
  readonly jobs: readonly JobDefinition[];
};

export type JobDefinition = {
  readonly key: string;
  /** Line (1-based) of the job's key in the file. */
  readonly line: number;
  readonly name?: string;
  readonly needs: readonly string[];
  readonly if?: string;
  readonly runsOn: RunsOn;
  /** Raw, or one expression that gives it. */
  readonly matrix?: Readonly<Record<string, unknown>> | string;
  /** A text is an expression that gives it. */
  readonly failFast: boolean | string;
  readonly maxParallel?: number | string;
  /** Raw: a name or a mapping. What it means is the server's to decide; the machine never waits for it. */
  readonly concurrency?: unknown;
  readonly environment?: unknown;
  readonly env: Env;
  readonly defaults: Defaults;
  readonly outputs: Readonly<Record<string, string>>;
  readonly timeoutMinutes?: number | string;
  readonly continueOnError?: boolean | string;
  readonly steps: readonly StepDefinition[];
  /** What the job asks for and the sandbox does not do, each a short text for people. The rest of the job is right. */
  readonly notSupported: readonly string[];
};

export type StepDefinition = {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env: Env;
  readonly workingDirectory?: string;
  readonly shell?: string;
  readonly continueOnError?: boolean | string;
  readonly timeoutMinutes?: number | string;
};

export type RunsOn =
  string | readonly string[] | { readonly group?: string; readonly labels?: string | readonly string[] };

export type Env = Readonly<Record<string, string>>;

export type Defaults = { readonly run: { readonly shell?: string; readonly workingDirectory?: string } };
