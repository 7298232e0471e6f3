import * as fc from "fast-check";

/** What a generated delivery is about. `lifeOf`: another event of an earlier job, counted back from the last one. */
export type JobPlan = {
  readonly lifeOf: number | undefined;
  readonly action: string;
  readonly status: string;
  readonly labels: readonly string[];
  readonly installation: "served" | "foreign" | "none";
  readonly repository: number;
  readonly runnerName: "none" | "own" | "hosted" | "never launched";
  readonly name: string;
};

/** Each part of a delivery, right or wrong in one way; independent of each other, so that all mixtures happen. */
export type DeliveryPlan = {
  readonly replay: { readonly back: number; readonly guid: "same" | "fresh" } | undefined;
  readonly source: { readonly job: JobPlan } | { readonly example: number; readonly ours: JobPlan | undefined } | "run";
  /** Happens to the body before it is signed. */
  readonly damage:
    | "none"
    | "truncated"
    | "byte order mark"
    | "deep"
    | "too deep"
    | "invalid UTF-8"
    | "a list"
    | "odd action"
    | "odd installation"
    | "too large"
    | { readonly bits: readonly number[] };
  readonly signature:
    | "good"
    | "former"
    | "wrong secret"
    | "known secret"
    | "missing"
    | "twice"
    | "joined"
    | "capitals"
    | "sha1"
    | "another body's"
    | { readonly bit: number };
  /** Bit of the body that changes after it was signed. */
  readonly forged: number | undefined;
  /** `as it is`, `missing`, `twice`, or another name. */
  readonly event: string;
  readonly delivery: "right" | "missing" | "twice" | "odd";
  readonly contentType: "json" | "json; charset" | "form" | "missing" | "twice" | "text";
  readonly encoding: "none" | "gzip" | "identity";
};

/** The first one `weight` times as often as each of the others. */
const mostly = <T>(weight: number, first: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: weight * others.length, arbitrary: fc.constant(first) }, ...others.map((one) => fc.constant(one)));

/** One in `times` is there. */
const sometimes = <T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const ourLabels = fc.constantFrom(
  ["mayfly"],
  ["MayFly"],
  ["mayfly/lambda"],
  ["mayfly/ec2"],
  ["self-hosted", "linux", "x64", "mayfly"],
  ["mayfly/run=7"],
  ["mayfly/default/run=a=b"],
);
const otherLabels = fc.oneof(
  fc.constantFrom(
    ["ubuntu-latest"],
    ["self-hosted"],
    ["mayfly-large"],
    ["mayfly/nope"],
    ["mayfly", "gpu"],
    ["mayfly", "mayfly/lambda"],
    ["mayfly", "arm64"],
    ["mayfly/"],
    ["mayfly/run=1/run=2"],
    ["mayfly/__proto__"],
    [],
  ),
  fc.array(fc.string({ unit: "binary", maxLength: 8 }), { maxLength: 3 }),
  fc.string({ unit: "binary", maxLength: 12 }).map((text) => [`mayfly/run=${text}`]),
  fc.string({ unit: "grapheme", maxLength: 6 }).map((text) => [`mayfly${text}`]),
);

const jobs: fc.Arbitrary<JobPlan> = fc.record({
  lifeOf: sometimes(4, fc.nat(5)),
  action: mostly(4, "queued", "in_progress", "completed", "waiting", "exploded", ""),
  status: mostly(9, "queued", "waiting", "in_progress"),
  labels: fc.oneof({ weight: 3, arbitrary: ourLabels }, { weight: 1, arbitrary: otherLabels }),
  installation: mostly(5, "served" as const, "foreign" as const, "none" as const),
  repository: fc.integer({ min: 71, max: 73 }),
  runnerName: mostly(1, "none" as const, "own" as const, "hosted" as const, "never launched" as const),
  name: fc.string({ unit: "binary", maxLength: 12 }),
});

const sources: fc.Arbitrary<DeliveryPlan["source"]> = fc.oneof(
  { weight: 12, arbitrary: jobs.map((job) => ({ job })) },
  { weight: 3, arbitrary: fc.record({ example: fc.nat(1000), ours: sometimes(2, jobs) }) },
  { weight: 1, arbitrary: fc.constant("run" as const) },
);

const bits = fc.record({ bits: fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 3 }) });

const damages = fc.oneof(
  {
    weight: 24,
    arbitrary: mostly<DeliveryPlan["damage"]>(
      9,
      "none",
      "truncated",
      "byte order mark",
      "deep",
      "too deep",
      "invalid UTF-8",
      "a list",
      "odd action",
      "odd installation",
      "too large",
    ),
  },
  { weight: 1, arbitrary: bits },
);

const signatures = fc.oneof(
  {
    weight: 30,
    arbitrary: mostly<DeliveryPlan["signature"]>(
      9,
      "good",
      "former",
      "wrong secret",
      "known secret",
      "missing",
      "twice",
      "joined",
      "capitals",
      "sha1",
      "another body's",
    ),
  },
  { weight: 1, arbitrary: fc.record({ bit: fc.nat(255) }) },
);

const names = ["workflow_job", "workflow_run", "push", "error", "constructor", "__proto__", "*", "", "Workflow_Job"];

export const deliveryPlans: fc.Arbitrary<DeliveryPlan> = fc.record({
  replay: sometimes(6, fc.record({ back: fc.nat(8), guid: fc.constantFrom("same" as const, "fresh" as const) })),
  source: sources,
  damage: damages,
  signature: signatures,
  forged: sometimes(25, fc.nat(1_000_000)),
  event: mostly(9, "as it is", "missing", "twice", ...names),
  delivery: mostly(15, "right" as const, "missing" as const, "twice" as const, "odd" as const),
  contentType: mostly(
    12,
    "json" as const,
    "json; charset" as const,
    "form" as const,
    "missing" as const,
    "twice" as const,
    "text" as const,
  ),
  encoding: mostly(25, "none" as const, "gzip" as const, "identity" as const),
});
