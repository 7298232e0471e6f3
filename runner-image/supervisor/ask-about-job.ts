import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import { postJob, type ChannelReply, type JobQuestion } from "./host-channel.ts";

/** Credentials of an AWS role for the job; all but `name` and `region` are secrets or part of one. */
export type RoleCredentials = {
  readonly name: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAtMs: number;
};

export type JobAnswer =
  | {
      readonly allowed: true;
      readonly role: RoleCredentials | { readonly name: string; readonly denied: string } | undefined;
      /** A sentence for the job's log. */
      readonly notice: string | undefined;
    }
  | { readonly allowed: false; readonly reason: string };

class NotYet extends Error {
  readonly retryAfterSeconds: number;
  constructor(reply: ChannelReply) {
    super(`answered ${String(reply.status)}`);
    this.retryAfterSeconds = reply.retryAfterSeconds ?? 0;
  }
}

/**
 * Asks the host channel whether the job may run on this runner. 408, 429, 5xx and silence are asked again with
 * backoff, or after `Retry-After` if that is later, until `giveUp`. Everything but a clear yes is a no. Never rejects.
 */
export async function askAboutJob(
  hostUrl: string,
  question: JobQuestion,
  options: { readonly retryMs: number; readonly giveUp: AbortSignal; readonly onRetry: (reason: string) => void },
): Promise<JobAnswer> {
  const { giveUp, onRetry, retryMs } = options;
  const attempt = async (): Promise<JobAnswer> => {
    const reply = await postJob(hostUrl, question, giveUp);
    if (reply.status === 408 || reply.status === 429 || reply.status >= 500) throw new NotYet(reply);
    return readAnswer(reply);
  };
  try {
    return await pRetry(attempt, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: retryMs,
      maxTimeout: 15_000,
      randomize: true,
      signal: giveUp,
      shouldRetry: () => true,
      onFailedAttempt: async ({ error }) => {
        onRetry(error.message);
        if (error instanceof NotYet) await sleep(error.retryAfterSeconds * 1000, undefined, { signal: giveUp });
      },
    });
  } catch {
    return { allowed: false, reason: "Mayfly did not answer." };
  }
}

function readAnswer({ status, body }: ChannelReply): JobAnswer {
  const fields = record(body);
  if (status === 200 && fields["allowed"] === true) {
    return { allowed: true, role: readRole(fields["role"]), notice: text(fields["notice"]) };
  }
  return { allowed: false, reason: text(fields["reason"]) ?? `Mayfly refused it (${String(status)}).` };
}

function readRole(value: unknown): Extract<JobAnswer, { allowed: true }>["role"] {
  if (value === undefined || value === null) return undefined;
  const fields = record(value);
  const { expiresAtMs } = fields;
  const [region, accessKeyId] = [text(fields["region"]), text(fields["accessKeyId"])];
  const [secretAccessKey, sessionToken] = [text(fields["secretAccessKey"]), text(fields["sessionToken"])];
  const name = text(fields["name"]) ?? "";
  const isWhole = region !== undefined && accessKeyId !== undefined && typeof expiresAtMs === "number";
  if (!isWhole || secretAccessKey === undefined || sessionToken === undefined) {
    return { name, denied: text(fields["denied"]) ?? "Mayfly sent none." };
  }
  return { name, region, accessKeyId, secretAccessKey, sessionToken, expiresAtMs };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
