import type { Claim } from "./claim.ts";
import type { HostEvent } from "./host-event.ts";

/** Longest text of a host request; the machine runs strangers' code. */
const mostCharacters = 1024;
const mostProofCharacters = 8192;

/** Reads the body of `POST /host/claim`; undefined when a field is missing or has the wrong shape. */
export function readClaim(body: unknown): Claim | undefined {
  const fields = record(body);
  const [runner, token, claimId] = [plainName(fields["runner"]), text(fields["token"]), plainName(fields["claimId"])];
  if (runner === undefined || token === undefined || claimId === undefined) return undefined;
  const proof = record(fields["identity"]);
  const [document, signature] = [text(proof["document"], mostProofCharacters), text(proof["signature"])];
  const identity = document === undefined || signature === undefined ? undefined : { document, signature };
  return { runner, token, claimId, identity };
}

/** Reads the body of `POST /host/event`; unknown fields are dropped, wrong ones count as missing. */
export function readHostEvent(body: unknown): HostEvent | undefined {
  const fields = record(body);
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
  };
}

function isType(value: unknown): value is HostEvent["type"] {
  return (
    value === "booted" || value === "listening" || value === "job-started" || value === "notice" || value === "ended"
  );
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
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
