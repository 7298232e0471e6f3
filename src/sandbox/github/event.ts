/** `pending`: held back by a concurrency group; `waiting`: for an approval. */
export type JobEventAction = "queued" | "pending" | "waiting" | "handed-out" | "requeued" | "in_progress" | "completed";

/** What the fake GitHub tells whoever watches it. For people and progress displays; the product never sees these. */
export type FakeGitHubEvent =
  | {
      readonly type: "run";
      readonly action: "requested" | "completed";
      readonly repository: string;
      readonly runId: number;
      readonly name: string;
      readonly path: string;
      readonly conclusion: string | null;
      /** Why it could not start. */
      readonly errors: readonly string[];
    }
  | {
      readonly type: "job";
      readonly action: JobEventAction;
      readonly repository: string;
      readonly runId: number;
      readonly jobId: number;
      readonly name: string;
      readonly labels: readonly string[];
      readonly hosted: boolean;
      readonly runnerName: string | null;
      readonly conclusion: string | null;
    }
  | {
      readonly type: "runner";
      readonly action: "registered" | "online" | "offline" | "removed";
      /** The repository in full, or the organisation. */
      readonly owner: string;
      readonly runnerId: number;
      readonly name: string;
      readonly cause: string;
    }
  | {
      readonly type: "delivery";
      readonly id: string;
      readonly guid: string;
      readonly event: string;
      readonly action: string | null;
      readonly ok: boolean;
      readonly status: string;
    }
  | {
      readonly type: "check-run";
      readonly action: "created" | "updated";
      readonly id: number;
      readonly name: string;
      readonly status: string;
      readonly conclusion: string | null;
    }
  /** Something in a workflow file that the sandbox does not do. */
  | { readonly type: "not-understood"; readonly path: string; readonly job: string | undefined; readonly what: string }
  /** A request of the product or an answer of the fake that breaks GitHub's API description. */
  | { readonly type: "violation"; readonly text: string };
