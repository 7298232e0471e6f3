import type { ComputeProvider } from "./compute-provider.ts";
import type { GitHub } from "./github-port.ts";
import type { Execution } from "./model/execution.ts";
import type { Message } from "./model/message.ts";
import type { Metrics } from "./metrics.ts";
import type { Policy } from "./planning/policy/policy.ts";
import type { Store } from "./store-port.ts";
import type { WorkflowsFacts } from "./planning/workflows/workflow-facts.ts";

export type * from "./compute-provider.ts";
export type * from "./github-port.ts";
export type * from "./store-port.ts";
export type { JobFacts, Message } from "./model/message.ts";
export type { Metrics } from "./metrics.ts";

/** Everything the core may touch. Each method rejects with a `CallError` only (see errors/call-error.ts). */
export type Ports = {
  readonly clock: Clock;
  readonly random: Random;
  readonly signer: Signer;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly queue: Queue;
  readonly github: GitHub;
  readonly compute: Partial<Record<Execution, ComputeProvider>>;
  readonly workflows: WorkflowReader;
  readonly yaml: YamlReader;
  readonly policy: PolicySource;
  /** Undefined: no job gets credentials of a role here. */
  readonly roles: RoleCredentials | undefined;
};

/** The operator's policy. */
export type PolicySource = {
  /** As it was at most a minute ago; a broken one is never given, the last good one is. */
  read(): Promise<Policy>;
};

/** Short-lived credentials of AWS roles. */
export type RoleCredentials = {
  assume(request: RoleRequest): Promise<Credentials>;
};

export type RoleRequest = {
  readonly roleArn: string;
  /** 2 to 64 of `A-Za-z0-9_=,.@-`; CloudTrail shows it. */
  readonly sessionName: string;
  /** Session tags, for conditions in the role's policies. */
  readonly tags: Readonly<Record<string, string>>;
  /** 900 to 3600. */
  readonly seconds: number;
};

/** Never logged, never stored. */
export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAtMs: number;
};

export type Clock = {
  /** Milliseconds since the epoch. */
  nowMs(): number;
};

export type Random = {
  /** A number from 0 up to, not including, 1. For jitter only, never for secrets. */
  next(): number;
};

export type Signer = {
  /** Keyed digest (HMAC-SHA256 with the host key) of `text`, as lower-case hex. The same text gives the same digest. */
  sign(text: string): string;
  /** Compares two strings in constant time. */
  equal(left: string, right: string): boolean;
};

/** Structured log. `facts` never holds a secret; adapters redact what looks like one all the same. */
export type Log = {
  debug(message: string, facts?: Record<string, unknown>): void;
  info(message: string, facts?: Record<string, unknown>): void;
  warn(message: string, facts?: Record<string, unknown>): void;
  error(message: string, facts?: Record<string, unknown>): void;
};

/** At least once, in no order, delays of at most 900 s. */
export type Queue = {
  /** Resolves when every message is kept. `group` is a fairness hint (the repository id). */
  send(messages: readonly QueueEntry[]): Promise<void>;
};

export type QueueEntry = {
  readonly message: Message;
  readonly group: string;
  readonly delaySeconds?: number | undefined;
};

/** What a host does with a message after `onMessage`: nothing in the core sleeps or retries by itself. */
export type Verdict =
  | { readonly outcome: "done" }
  | { readonly outcome: "again"; readonly afterSeconds: number; readonly reason: string }
  | { readonly outcome: "dead-letter"; readonly reason: string };

/** Reads workflow files as GitHub does. Never rejects. */
export type WorkflowReader = {
  /** Jobs of a workflow file with the line (1-based) on which each job's key stands; empty when it cannot be read. */
  jobs(path: string, text: string): Promise<WorkflowJob[]>;
  /**
   * What the jobs of a repository's workflow files need. Reusable workflows among the files are followed; others are
   * unknown.
   */
  facts(files: readonly { readonly path: string; readonly text: string }[]): Promise<WorkflowsFacts>;
};

export type WorkflowJob = {
  readonly key: string;
  readonly line: number;
  /** The `name:` as written (may hold `${{ }}`), undefined when there is none. */
  readonly name: string | undefined;
};

/** Reads YAML 1.2 without ever throwing. */
export type YamlReader = { read(text: string): YamlDocument };

/** Position in a text, 1-based; columns count UTF-16 units as editors do. */
export type Position = { readonly line: number; readonly column: number };

/** A piece of a text: from its first character to behind its last one. */
export type Range = Position & { readonly endLine: number; readonly endColumn: number };

export type YamlDocument = {
  /** Plain objects, arrays and scalars; undefined when the text is empty or cannot be read. */
  readonly value: unknown;
  /** What is wrong with the text itself, in its order. */
  readonly problems: readonly (Range & { readonly message: string })[];
  /** Where the key (or, for `value`, its value) at this path stands; the document's start when there is none. */
  rangeOf(path: readonly (string | number)[], part: "key" | "value"): Range;
};
