import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { QueueAndTablePlace } from "../../../sandbox/aws/queue-and-table.ts";
import type { Fault } from "../../../sandbox/faults.ts";
import type { Backend } from "../options.ts";

/** What a start was asked for: only a start that asks for the same goes on with it by itself. */
export type Asked = {
  /** Absolute path of the pushed directory. */
  readonly repo: string;
  readonly workflow: string | null;
  readonly faults: readonly Fault[];
  readonly backend: Backend;
};

/**
 * A running outside world, and everything that another process of Mayfly needs to go on in it. Its keys are good for
 * this sandbox only.
 */
export type Session = {
  readonly schema: 1;
  readonly startedAtMs: number;
  readonly asked: Asked;
  /** Process of the stand-ins, and its control channel on 127.0.0.1. */
  readonly pid: number;
  readonly control: { readonly port: number; readonly secret: string };
  readonly githubUrl: string;
  readonly awsUrl: string;
  /** Of the instances' identity documents, PEM. */
  readonly instanceCertificate: string;
  /** How the machines are kept apart, in words for people. */
  readonly isolation: string;
  /** Of Mayfly's server: the webhook's and the host channel's address are known outside and must stay. */
  readonly port: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly hostKey: string;
  /** Of the App in the owner's account. */
  readonly installationId: number;
  /** Queue and table of the functions; undefined where Mayfly keeps a file of its own. */
  readonly deployed: QueueAndTablePlace | undefined;
};

const name = "session.json";

/** The session in this data folder; undefined when there is none that this version can use. It may be over. */
export async function readSession(dataDir: string): Promise<Session | undefined> {
  try {
    const session = JSON.parse(await readFile(join(dataDir, name), "utf8")) as Session;
    return session.schema === 1 ? session : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the session so that nobody sees half of it, and nobody else can read it. */
export async function writeSession(dataDir: string, session: Session): Promise<void> {
  const path = join(dataDir, name);
  await writeFile(`${path}.new`, JSON.stringify(session), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export async function removeSession(dataDir: string): Promise<void> {
  await rm(join(dataDir, name), { force: true });
}
