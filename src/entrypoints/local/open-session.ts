import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { dataFolder, earlierFolders } from "./data-folder.ts";
import { freePort } from "./free-port.ts";
import { databaseName } from "./sandbox-names.ts";
import type { ConnectedWorld } from "./stand-ins/connect-world.ts";
import { connectWorld } from "./stand-ins/connect-world.ts";
import type { Asked, Session } from "./stand-ins/session.ts";
import { readSession } from "./stand-ins/session.ts";
import { spawnStandIns } from "./stand-ins/spawn-stand-ins.ts";

export type SessionRequest = {
  /** The folder that was named, if any. */
  readonly data: string | undefined;
  readonly asked: Asked;
  /** The port that was named, if any. */
  readonly port: number | undefined;
  /** What a new session takes if none was named; undefined: any free one. */
  readonly usualPort: number | undefined;
  /** Owner of the repositories that will be pushed. */
  readonly account: string;
};

export type OpenSession = {
  readonly session: Session;
  readonly world: ConnectedWorld;
  readonly dataDir: string;
  /** Set when an earlier start's world was found: what a person should know about that. */
  readonly resumed: string | undefined;
};

/**
 * A world for this process alone: that of an earlier start whose process was killed, else a new one. A start that names
 * a folder goes on with what is there, whatever it asks for; any other one only with a start that asked for the same.
 */
export async function openSession(request: SessionRequest): Promise<OpenSession> {
  const { data } = request;
  for (const dataDir of data === undefined ? await earlierFolders() : [resolve(data)]) {
    const session = await readSession(dataDir);
    const same = session !== undefined && isSame(session, request);
    if (session === undefined || (data === undefined && !same)) continue;
    const world = await connectWorld(session);
    if (world === "taken" && data !== undefined) {
      throw new Error(`--data ${data}: another npm start is at work there; it needs a folder of its own`);
    }
    if (world === undefined || world === "taken") continue;
    return { session, world, dataDir, resumed: goingOn(session, same) };
  }
  return await newSession(request);
}

async function newSession(request: SessionRequest): Promise<OpenSession> {
  const { data, asked, account, usualPort } = request;
  const dataDir = await dataFolder(data, new Date());
  // what an earlier world in this folder was told says nothing about this one
  await Promise.all(["", "-wal", "-shm"].map((end) => rm(join(dataDir, `${databaseName}${end}`), { force: true })));
  const port = request.port ?? usualPort ?? (await freePort());
  await spawnStandIns({ dataDir, port, account, asked });
  const session = await readSession(dataDir);
  const world = session === undefined ? undefined : await connectWorld(session);
  if (session === undefined || world === undefined || world === "taken") {
    throw new Error(`the stand-ins have ended; see ${join(dataDir, "stand-ins.log")}`);
  }
  return { session, world, dataDir, resumed: undefined };
}

function isSame(session: Session, { asked, port }: SessionRequest): boolean {
  return isDeepStrictEqual(session.asked, asked) && (port === undefined || port === session.port);
}

function goingOn({ startedAtMs }: Session, same: boolean): string {
  const time = new Date(startedAtMs).toTimeString().slice(0, 8);
  const stays = same ? "" : "; its repository, workflow, faults and port stay, those of this command line do not count";
  return `going on with the start of ${time} that was ended hard${stays}`;
}
