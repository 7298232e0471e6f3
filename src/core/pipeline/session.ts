import type { Core } from "../core.ts";

/** What a host proves with that it is the process which has claimed the runner: the claim and its digest. */
export function makeSession(core: Core, runner: string, claimId: string): string {
  return `${claimId}.${core.signer.sign(`session:${runner}:${claimId}`)}`;
}

/** The claim that a session speaks for; undefined when we have not made it for this runner. */
export function readSession(core: Core, runner: string, session: string): string | undefined {
  const claimId = session.slice(0, Math.max(0, session.lastIndexOf(".")));
  return core.signer.equal(makeSession(core, runner, claimId), session) ? claimId : undefined;
}
