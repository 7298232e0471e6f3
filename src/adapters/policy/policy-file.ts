import { readFile } from "node:fs/promises";
import type { Clock, Log, PolicySource, YamlReader } from "../../core/ports.ts";
import type { Policy } from "../../core/planning/policy/policy.ts";
import { readPolicy } from "../../core/planning/policy/read-policy.ts";

/** How old what was read may be: an operator's change counts after a minute at the latest, without a deployment. */
const freshMs = 60_000;

export type PolicyFileOptions = {
  /** Stands in messages. */
  readonly name: string;
  /** The file's text; rejects when there is none. */
  readonly read: () => Promise<string>;
  readonly yaml: YamlReader;
  readonly clock: Clock;
  readonly log: Log;
};

/** The operator's `policy.yml` of a disk. */
export function policyFile(path: string, outside: Omit<PolicyFileOptions, "name" | "read">): Promise<PolicySource> {
  return policySource({ ...outside, name: path, read: async () => await readFile(path, "utf8") });
}

/**
 * A policy that is read again when it is a minute old. Rejects with every problem when the first reading has errors: an
 * operator hears of it before anybody's job does. Later a broken or missing file leaves the last good policy in force,
 * and is logged each time.
 */
export async function policySource({ name, read, yaml, clock, log }: PolicyFileOptions): Promise<PolicySource> {
  const parse = (text: string): Policy => {
    const { policy, problems } = readPolicy(text, yaml);
    if (policy !== undefined) return policy;
    const errors = problems.filter(({ severity }) => severity === "error");
    const lines = errors.map(({ line, column, code, message }) => `${name}:${line}:${column}: ${code}: ${message}`);
    throw new Error(lines.join("\n"));
  };
  let text = await read();
  let policy = parse(text);
  let readAtMs = clock.nowMs();
  let reading: Promise<void> | undefined;
  const readAgain = async (): Promise<void> => {
    try {
      const next = await read();
      if (next !== text) policy = parse(next);
      text = next;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      log.error("the policy cannot be used: the last good one stays in force", { policy: name, detail });
    }
    readAtMs = clock.nowMs();
  };
  return {
    async read() {
      if (clock.nowMs() >= readAtMs + freshMs) {
        reading ??= readAgain().finally(() => (reading = undefined));
        await reading;
      }
      return policy;
    },
  };
}
