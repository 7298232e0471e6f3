import type { MachineUsage } from "../model/machine-usage.ts";
import type { Claim } from "./claim.ts";
import type { HostEvent } from "./host-event.ts";
import type { JobQuestion } from "./host-job.ts";
import { fieldsOf } from "./payload-fields.ts";

/** Longest text of a host request; the machine runs strangers' code. */
const mostCharacters = 1024;
const mostProofCharacters = 8192;

/** Reads the body of `POST /host/claim`; undefined when a field is missing or has the wrong shape. */
export function readClaim(body: unknown): Claim | undefined {
  const fields = fieldsOf(body);
  const [runner, token, claimId] = [plainName(fields["runner"]), text(fields["token"]), plainName(fields["claimId"])];
  if (runner === undefined || token === undefined || claimId === undefined) return undefined;
  const proof = fieldsOf(fields["identity"]);
  const [document, signature] = [text(proof["document"], mostProofCharacters), text(proof["signature"])];
  const identity = document === undefined || signature === undefined ? undefined : { document, signature };
  return { runner, token, claimId, identity };
}

/** Reads the body of `POST /host/job`; undefined when a field is missing or has the wrong shape. */
export function readJobQuestion(body: unknown): JobQuestion | undefined {
  const fields = fieldsOf(body);
  const [runner, session] = [plainName(fields["runner"]), text(fields["session"])];
  const [runId, attempt] = [whole(fields["runId"]), whole(fields["attempt"])];
  if (runner === undefined || session === undefined || runId === undefined || attempt === undefined) return undefined;
  return { runner, session, runId, attempt };
}

function whole(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** Reads the body of `POST /host/event`; unknown fields are dropped, wrong ones count as missing. */
export function readHostEvent(body: unknown): HostEvent | undefined {
  const fields = fieldsOf(body);
  const [runner, session, token] = [plainName(fields["runner"]), text(fields["session"]), text(fields["token"])];
  const type = fields["type"];
  if (runner === undefined || (session ?? token) === undefined || !isType(type)) return undefined;
  return {
    runner,
    session,
    token,
    type,
    logGroup: logName(fields["logGroup"]),
    logStream: logName(fields["logStream"]),
    exitCode: number(fields["exitCode"]),
    outcome: word(fields["outcome"]),
    cause: text(fields["cause"])?.slice(0, 300).toWellFormed(),
    peakMemoryMb: number(fields["peakMemoryMb"]),
    usage: usage(fields["usage"]),
  };
}

/** The largest number that counts for each; a million gigabytes are more than a machine has, or moves in its life. */
const mostUsage = {
  cpuPercent: 100,
  memoryMb: 1e9,
  diskMb: 1e9,
  networkInMb: 1e9,
  networkOutMb: 1e9,
} as const satisfies Record<keyof MachineUsage, number>;

/** Undefined when nothing of it can be used. */
function usage(value: unknown): MachineUsage | undefined {
  const fields = fieldsOf(value);
  const known = Object.entries(mostUsage).flatMap(([name, most]) => {
    const used = number(fields[name]);
    return used === undefined || used > most ? [] : [[name, used] as const];
  });
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function isType(value: unknown): value is HostEvent["type"] {
  return (
    value === "booted" || value === "listening" || value === "job-started" || value === "notice" || value === "ended"
  );
}

function text(value: unknown, most = mostCharacters): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= most ? value : undefined;
}

/** A runner's name or a claim's id: they stand in keys, digests and log lines, so nothing else passes. */
function plainName(value: unknown): string | undefined {
  const name = text(value);
  return name !== undefined && /^[\w.-]{1,128}$/.test(name) ? name : undefined;
}

/** Names as CloudWatch Logs allows them (no `:` or `*`), because they end up in links and commands. */
function logName(value: unknown): string | undefined {
  const name = text(value);
  return name !== undefined && /^[\w.\-/#$[\]]{1,512}$/.test(name) ? name : undefined;
}

function word(value: unknown): string | undefined {
  const name = text(value);
  return name !== undefined && /^[a-z-]{1,40}$/.test(name) ? name : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
