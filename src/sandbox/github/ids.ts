import { createHash } from "node:crypto";

/** What has a number at GitHub. */
export type IdKind =
  | "app"
  | "user"
  | "installation"
  | "repository"
  | "pullRequest"
  | "workflow"
  | "run"
  | "job"
  | "runner"
  | "checkSuite"
  | "environment"
  | "deployment"
  | "delivery";

export type Ids = {
  next(kind: Exclude<IdKind, "delivery">): number;
  /** Above 2^53: a client that reads it as a double gets another delivery's id. */
  nextDelivery(): bigint;
};

const FIRST = {
  app: 2_310_001,
  user: 58_000_001,
  installation: 61_000_001,
  repository: 880_000_001,
  pullRequest: 2_010_000_001,
  workflow: 121_000_001,
  run: 17_400_000_001,
  job: 48_700_000_001,
  runner: 21,
  checkSuite: 40_900_000_001,
  environment: 7_610_000_001,
  deployment: 2_980_000_001,
};

/** Ids that grow from values of the size that GitHub's have today. The same calls give the same ids. */
export function ids(): Ids {
  const next = { ...FIRST };
  let delivery = 380_214_672_987_000_001n;
  return {
    next(kind) {
      const id = next[kind];
      next[kind] += 1;
      return id;
    },
    nextDelivery() {
      const id = delivery;
      delivery += 1_003n;
      return id;
    },
  };
}

/** An opaque global id as GitHub's GraphQL side gives it. */
export function nodeId(prefix: string, id: number): string {
  return `${prefix}_${Buffer.from(`${prefix}:${id}`).toString("base64url")}`;
}

/** Lower-case hex SHA-1, as git names things. */
export function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
