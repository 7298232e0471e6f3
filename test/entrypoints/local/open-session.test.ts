import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { dataFolder } from "../../../src/entrypoints/local/data-folder.ts";
import { openSession } from "../../../src/entrypoints/local/open-session.ts";
import type { OpenSession, SessionRequest } from "../../../src/entrypoints/local/open-session.ts";
import { serveWorld } from "../../../src/entrypoints/local/stand-ins/serve-world.ts";
import type { ServedWorld } from "../../../src/entrypoints/local/stand-ins/serve-world.ts";
import { readSession, writeSession } from "../../../src/entrypoints/local/stand-ins/session.ts";
import type { World } from "../../../src/entrypoints/local/stand-ins/world.ts";

const secret = "a secret of this test";
const asked = { repo: "/somewhere", workflow: null, faults: [], backend: "sqlite" as const };
const request: SessionRequest = { data: undefined, asked, port: undefined, usualPort: undefined, account: "sandbox" };

const before = process.cwd();
let folder = "";
const served: ServedWorld[] = [];
const opened: OpenSession[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-open-"));
  process.chdir(folder);
});

afterEach(async () => {
  for (const { world } of opened.splice(0)) world.leave();
  for (const world of served.splice(0)) world.close();
  await rm(join(folder, ".mayfly"), { recursive: true, force: true });
});

afterAll(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true });
});

/** A session of an earlier start whose stand-ins are alive: in this process, and named by what they answer. */
async function earlier(dataDir: string, name: string, changes = {}): Promise<void> {
  const world = { logFile: async () => name } as unknown as World;
  const one = await serveWorld(world, { secret, waitMs: 60_000, onStopped: () => undefined });
  served.push(one);
  await mkdir(dataDir, { recursive: true });
  await writeSession(dataDir, {
    schema: 1,
    startedAtMs: Date.UTC(2026, 10, 22, 12, 30, 15),
    asked,
    pid: process.pid,
    control: { port: one.port, secret },
    githubUrl: "",
    awsUrl: "",
    instanceCertificate: "",
    isolation: "",
    port: 3456,
    privateKey: "",
    webhookSecret: "",
    hostKey: "",
    installationId: 1,
    deployed: undefined,
    ...changes,
  });
}

async function open(changes: Partial<SessionRequest> = {}): Promise<OpenSession> {
  const session = await openSession({ ...request, ...changes });
  opened.push(session);
  return session;
}

const unnamed = (stamp: string): string => join(folder, ".mayfly", `${stamp}-1`);
const nameOf = async ({ world }: OpenSession): Promise<string> => await world.logFile("", "");

describe("a start without a named folder", () => {
  test("goes on with the newest that asked for the same and that nobody has", async () => {
    await earlier(unnamed("20261122T100000"), "oldest");
    await earlier(unnamed("20261122T110000"), "middle");
    await earlier(unnamed("20261122T120000"), "other", { asked: { ...asked, workflow: "ci.yml" } });
    await mkdir(unnamed("20261122T130000"));
    const first = await open();
    expect([await nameOf(first), first.dataDir]).toEqual(["middle", unnamed("20261122T110000")]);
    expect(first.resumed).toMatch(/^going on with the start of \d\d:\d\d:15 that was ended hard$/);
    const second = await open({ port: 3456 });
    expect(await nameOf(second)).toBe("oldest");
  });

  test("gets a world of its own when those that are there are dead, taken, or asked for something else", async () => {
    await earlier(unnamed("20261122T100000"), "taken");
    await open();
    await earlier(unnamed("20261122T110000"), "dead", { control: { port: 9, secret } });
    await earlier(unnamed("20261122T120000"), "other port", { port: 4567 });
    const session = await open({ port: 3456 });
    expect(session.resumed).toBeUndefined();
    expect(await session.world.look()).toMatchObject({ runs: [], jobs: [], launches: 0, githubIdle: true });
    expect(dirname(session.dataDir)).toBe(join(folder, ".mayfly"));
    expect(await readSession(session.dataDir)).toMatchObject({ asked, port: 3456 });
    await session.world.stop();
    expect(await readSession(session.dataDir)).toBeUndefined();
  });
});

describe("a start with a named folder", () => {
  test("goes on there whatever it asks for, and says so", async () => {
    const data = join(folder, "named");
    await earlier(data, "named");
    const { world, resumed } = await open({ data, asked: { ...asked, repo: "/elsewhere" } });
    expect(await world.logFile("", "")).toBe("named");
    expect(resumed).toContain("its repository, workflow, faults and port stay");
    await expect(open({ data })).rejects.toThrow("another npm start is at work there");
  });

  test("begins anew where the stand-ins are gone: what their world had told is forgotten", async () => {
    const data = join(folder, "stale");
    await earlier(data, "dead", { control: { port: 9, secret } });
    for (const end of ["", "-wal", "-shm"]) await writeFile(join(data, `mayfly.db${end}`), "old");
    const { world, resumed } = await open({ data });
    expect(resumed).toBeUndefined();
    expect((await readdir(data)).filter((name) => name.startsWith("mayfly.db"))).toEqual([]);
    await world.stop();
  });
});

test("old folders are removed, but none whose stand-ins are alive", async () => {
  const stamps = Array.from({ length: 8 }, (_, index) => `2026112${index}T100000-9999999`);
  for (const stamp of stamps) await mkdir(join(folder, ".mayfly", stamp), { recursive: true });
  await earlier(join(folder, ".mayfly", stamps[1] ?? ""), "alive");
  const made = basename(await dataFolder(undefined, new Date(Date.UTC(2027, 0, 1))));
  expect(await readdir(join(folder, ".mayfly"))).toEqual([stamps[1], ...stamps.slice(3), made]);
});
