import type { Core } from "../core.ts";
import type { CallErrorFacts } from "../errors/call-error.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import { describeCandidate } from "../model/machine.ts";
import type { Candidate } from "../model/machine.ts";
import { readShortages, rememberShortage, roomScope, shortageOf } from "../model/room.ts";
import type { Place, Shortage } from "../model/room.ts";
import type { Runner } from "../model/runner.ts";

export type NoRoom = {
  readonly outcome: "no-room";
  readonly code: ErrorCode;
  readonly scope: string;
  readonly detail: string;
};

type Choice =
  | NoRoom
  | {
      readonly outcome: "chosen";
      readonly candidates: readonly Candidate[];
      readonly fellBackFrom: readonly string[];
    };

/** How many reasons a sentence holds. */
const mostReasons = 4;

/** Kinds of machine that would do and are not known to be out of stock; none where the provider knows no choice. */
export async function chooseCandidates(core: Core, asked: Place & Pick<Runner, "spec">): Promise<Choice> {
  const all = core.compute[asked.execution]?.candidates?.(asked.spec) ?? [];
  if (all.length === 0) return { outcome: "chosen", candidates: [], fellBackFrom: [] };
  const shortages = await readShortages(core, asked);
  const candidates = all.filter((candidate) => shortageOf(candidate, shortages) === undefined);
  const first = candidates[0];
  const passedOver = first === undefined ? all : all.slice(0, all.indexOf(first));
  const fellBackFrom = [...new Set(passedOver.map((candidate) => describeShortage(candidate, shortages)))];
  if (first === undefined) return noRoom(asked, all, shortages, fellBackFrom);
  return { outcome: "chosen", candidates, fellBackFrom };
}

/** The launch call said that there is no room: remembers it and finds the next candidate of the runner's list. */
export async function nextCandidate(
  core: Core,
  runner: Runner,
  candidate: Candidate,
  facts: CallErrorFacts,
): Promise<NoRoom | { readonly outcome: "next"; readonly number: number; readonly fellBackFrom: readonly string[] }> {
  const known = await readShortages(core, runner);
  const shortages = [...known, await rememberShortage(core, runner, candidate, facts)];
  const why = `${describeCandidate(candidate)} (${facts.quota ?? facts.code ?? "no capacity"})`;
  const fellBackFrom = [...runner.fellBackFrom, why];
  // Another type of the same family, or another subnet, counts against the same quota.
  if (facts.kind === "quota") return noRoom(runner, runner.candidates, shortages, fellBackFrom);
  const next = runner.candidates.findIndex(
    (other, index) => index >= runner.candidateNumber && shortageOf(other, shortages) === undefined,
  );
  if (next === -1) return noRoom(runner, runner.candidates, shortages, fellBackFrom);
  return { outcome: "next", number: next + 1, fellBackFrom };
}

/** What is missing, once for all candidates that miss it for the same reason. */
function describeShortage(candidate: Candidate, shortages: readonly Shortage[]): string {
  const { name = "", quota } = shortageOf(candidate, shortages) ?? {};
  const why = quota ?? "none a moment ago";
  if (quota !== undefined || name.startsWith("market/")) return `${candidate.market} machines (${why})`;
  if (name.startsWith("subnet/")) return `${candidate.market} machines in ${candidate.zone} (${why})`;
  return `${describeCandidate(candidate)} (${why})`;
}

function noRoom(
  place: Place,
  candidates: readonly Candidate[],
  shortages: readonly Shortage[],
  reasons: readonly string[],
): NoRoom {
  const quotas = new Set(candidates.flatMap((candidate) => shortageOf(candidate, shortages)?.quota ?? []));
  const scope = roomScope(place);
  if (quotas.size > 0) {
    const detail = `the account's quota is used up: ${[...quotas].join(", ")}`;
    return { outcome: "no-room", code: "MF-COMPUTE-QUOTA", scope, detail };
  }
  const more = reasons.length > mostReasons ? [`and ${reasons.length - mostReasons} more`] : [];
  const detail = `no room for ${[...reasons.slice(0, mostReasons), ...more].join(", ")}`;
  return { outcome: "no-room", code: "MF-COMPUTE-CAPACITY", scope, detail };
}
