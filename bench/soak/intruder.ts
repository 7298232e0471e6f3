import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

/** Answers to deliveries whose signature is not right: status → how many. */
export type Rejections = Readonly<Record<string, number>>;

export type Intruder = {
  /** Sends as many as are missing to `count`; one that nobody answered is sent again. */
  sendUpTo(count: number): Promise<void>;
  readonly sent: () => number;
  readonly answers: () => Rejections;
};

/** Far above GitHub's own ids of a soak: a runner for such a job would be a launch too many. */
const firstForgedId = 990_000_000_001;

const hmac = (algorithm: string, secret: string, body: string): string =>
  `${algorithm}=${createHmac(algorithm, secret).update(body).digest("hex")}`;

/** Signatures of people who do not know the secret. */
const forgeries: readonly ((body: string, genuine: string) => string)[] = [
  (body) => hmac("sha256", "another secret", body),
  // Probot's fallback, which everybody knows
  (body) => hmac("sha256", "development", body),
  (body) => hmac("sha256", "", body),
  // that of another delivery
  (_, genuine) => genuine,
  () => `sha256=${"0".repeat(64)}`,
];

/** Somebody who sends `queued` jobs that GitHub never had, without the secret to sign them. */
export function intruder(url: string, sample: string, genuine: string, pick: (count: number) => number): Intruder {
  const answers: Record<string, number> = {};
  let sent = 0;
  const post = async (number: number): Promise<void> => {
    const body = forged(sample, firstForgedId + number);
    const signature = forgeries[pick(forgeries.length)]?.(body, genuine) ?? "";
    for (;;) {
      const status = await statusOf(url, body, signature);
      if (status !== undefined) {
        answers[status] = (answers[status] ?? 0) + 1;
        return;
      }
      await pause(100);
    }
  };
  return {
    async sendUpTo(count) {
      const missing = Math.max(0, count - sent);
      const first = sent;
      sent += missing;
      await Promise.all(Array.from({ length: missing }, async (_, index) => await post(first + index)));
    },
    sent: () => sent,
    answers: () => ({ ...answers }),
  };
}

function forged(sample: string, id: number): string {
  const payload = JSON.parse(sample) as { workflow_job: object };
  return JSON.stringify({ ...payload, workflow_job: { ...payload.workflow_job, id } });
}

/** Undefined when nobody answered. */
async function statusOf(url: string, body: string, signature: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-github-event": "workflow_job",
        "x-github-delivery": randomUUID(),
        "x-hub-signature-256": signature,
      },
      body,
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
