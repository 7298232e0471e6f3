import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/entrypoints/local/free-port.ts";
import { databaseName } from "../../src/entrypoints/local/sandbox-names.ts";
import { webhookPath } from "../../src/entrypoints/local/webhook-path.ts";
import { seededPick } from "../../src/sandbox/github/seeded-pick.ts";
import { startProgram } from "./child-program.ts";
import { drive } from "./drive.ts";
import { judge } from "./judge.ts";
import type { SoakResult } from "./judge.ts";
import { mayflyBooks } from "./mayfly-books.ts";
import { settle } from "./settle.ts";
import { soakPlan } from "./soak-plan.ts";
import { startSoakServer } from "./soak-server.ts";
import type { SoakServer } from "./soak-server.ts";
import type { Look, Place, WorldAccount } from "./soak-world.ts";

export type SoakOptions = {
  /** All webhook deliveries together, duplicates and badly signed ones included. */
  readonly deliveries: number;
  readonly kills: number;
  /** Decides what the soak leaves to chance; the timing of its processes is real. */
  readonly seed: number;
  /** Is told now and then how far it is, in words. */
  readonly onProgress?: (text: string) => void;
};

const worldProgram = join(import.meta.dirname, "world-program.ts");

/**
 * Lets the real local server serve so many webhook deliveries of a GitHub that goes on while the server is killed and
 * started again. What is wrong in the end stands in the result; then the folder with logs and database is kept.
 */
export async function runSoak({ deliveries, kills, seed, onProgress = () => {} }: SoakOptions): Promise<SoakResult> {
  const plan = soakPlan(deliveries);
  const dataDir = await mkdtemp(join(tmpdir(), "mayfly-soak-"));
  const port = await freePort();
  const [webhookSecret, hostKey] = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")];
  const { publicKey, privateKey } = appKeys();
  const world = startProgram(worldProgram, join(dataDir, "world.log"));
  let server: SoakServer | undefined;
  try {
    const place = await world.call<Place>("start", { plan, seed, dataDir, port, publicKey, webhookSecret });
    server = await startSoakServer({ session: { ...place, port, privateKey, webhookSecret, hostKey }, dataDir });
    const url = `http://127.0.0.1:${port}${webhookPath}`;
    const beganMs = performance.now();
    const pick = seededPick(seed + 2);
    const driven = await drive({ world, server, plan, kills, url, webhookSecret, pick, onProgress });
    const books = mayflyBooks(join(dataDir, databaseName));
    const left = await settle(async () => [...(await world.call<Look>("look")).open, ...(await books.open())]);
    const seconds = (performance.now() - beganMs) / 1000;
    const account = await world.call<WorldAccount>("account");
    const jobsByState = await books.jobsByState(account.runIds);
    const deadLetters = await books.deadLetters();
    books.close();
    const use = await server.stop();
    const result = judge({ plan, kills, seed, account, ...driven, jobsByState, deadLetters, left, seconds, use });
    if (result.problems.length === 0) await rm(dataDir, { recursive: true, force: true });
    else onProgress(`logs and database: ${dataDir}`);
    return result;
  } finally {
    await Promise.all([world.kill(), server?.kill()]);
  }
}

/** The App's key, new each time. */
function appKeys(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}
