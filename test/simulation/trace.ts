import { createHash } from "node:crypto";
import type { Fact } from "./world/fact.ts";
import type { Machine } from "./world/machine.ts";
import type { World } from "./world/world.ts";

export type Trace = {
  fact(fact: Fact): void;
  note(text: string): void;
  digest(): string;
  lines(): string[];
};

/** The digest takes so many characters at a time. */
const chunk = 65_536;

/** Digest of everything that happens and, on demand, its story. */
export function tracer(world: World, tells: boolean): Trace {
  const hash = createHash("sha256");
  const lines: string[] = [];
  let fresh = "";
  const take = (line: string, story = line): void => {
    fresh += `${world.nowMs()} ${line}\n`;
    if (fresh.length > chunk) {
      hash.update(fresh);
      fresh = "";
    }
    if (!tells) return;
    const time = stamp(world.nowMs());
    lines.push(`${time}  ${story}`);
  };
  return {
    fact: (fact) => take(describe(fact, false), tells ? describe(fact, true) : ""),
    note: (text) => take(text),
    digest: () => `${hash.copy().update(fresh).digest("hex").slice(0, 16)}-${world.clock.steps()}`,
    lines: () => lines,
  };
}

/** A record in a few words, anything else as it is. */
function brief(text: string): string {
  if (!text.startsWith('{"schema"')) return text;
  const { key, id, name, state, reason, cause, dueAtMs, version } = JSON.parse(text) as Record<string, unknown>;
  const why = (reason as { code?: string; detail?: string } | undefined) ?? {};
  const due = typeof dueAtMs === "number" ? `due ${stamp(dueAtMs)}` : "";
  return [key ?? id, id === undefined ? name : "", `v${String(version)}`, state, why.code, why.detail, cause, due]
    .filter(Boolean)
    .join(" ");
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

type Words = { readonly [Kind in Fact["kind"]]: (fact: Extract<Fact, { kind: Kind }>) => string };

const of = (machine: Machine): string => `${machine.id} of ${machine.request.runnerName}`;

const words: Words = {
  told: ({ job, status }) => `told that job ${job.id} is ${status}`,
  job: ({ job, status, runner }) => `GitHub: job ${job.id} (${job.pool}) ${status} ${runner ?? job.hold ?? ""}`,
  machine: ({ machine }) => `machine ${of(machine)}`,
  "machine-busy": ({ machine, job }) => `machine ${of(machine)} runs job ${job.id}`,
  step: ({ machine, job }) => `first step of job ${job.id} on ${of(machine)}`,
  "machine-ended": ({ machine, why }) => `machine ${of(machine)} ended: ${why}`,
  launch: ({ request }) => `launch call for ${request.runnerName}`,
  terminate: ({ machine }) => `terminate call for ${of(machine)}`,
  claim: ({ machine, status }) => `claim of ${machine.id} for ${machine.request.runnerName}: ${status}`,
  mint: ({ name }) => `registered ${name}`,
  call: ({ service, operation, work }) => `${service} ${operation} (${work.kind})`,
  text: ({ where, text }) => `${where}: ${text}`,
  verdict: ({ outcome, receives, message }) => `verdict ${outcome} (${receives}) for ${short(message, 120)}`,
  "dead-letter": ({ message, reason }) => `DEAD LETTER ${short(message, 200)}: ${reason}`,
  intruder: ({ how, status }) => `intruder: ${how}: ${status}`,
  bug: ({ text }) => `BUG ${text}`,
  struck: ({ fault, pool }) => `STRUCK by ${fault} (${pool ?? "no pool"})`,
};

function short(message: unknown, characters: number): string {
  return JSON.stringify(message).slice(0, characters);
}

function describe(fact: Fact, forPeople: boolean): string {
  if (forPeople && fact.kind === "text") return `${fact.where}: ${brief(fact.text)}`;
  return (words[fact.kind] as (fact: Fact) => string)(fact);
}
