import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Session } from "../../../../src/entrypoints/local/stand-ins/session.ts";
import { readSession, removeSession, writeSession } from "../../../../src/entrypoints/local/stand-ins/session.ts";
import { waitSeconds, waitVariable } from "../../../../src/entrypoints/local/stand-ins/wait-seconds.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-session-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const session: Session = {
  schema: 1,
  startedAtMs: 1,
  asked: { repo: "/r", workflow: null, faults: [], backend: "sqlite" },
  pid: 1,
  control: { port: 1, secret: "s" },
  githubUrl: "g",
  awsUrl: "a",
  instanceCertificate: "",
  isolation: "i",
  port: 3000,
  privateKey: "p",
  webhookSecret: "w",
  hostKey: "h",
  installationId: 1,
  deployed: undefined,
};

describe("the session file", () => {
  test("is its owner's alone, is read back as it was, and leaves nothing beside it", async () => {
    await writeSession(folder, session);
    expect(await readSession(folder)).toEqual(session);
    expect((await stat(join(folder, "session.json"))).mode & 0o777).toBe(0o600);
    await removeSession(folder);
    await removeSession(folder);
    expect(await readdir(folder)).toEqual([]);
    expect(await readSession(folder)).toBeUndefined();
  });

  test.each(["", "{", "null", '{"schema":2}'])("%j is no session", async (text) => {
    await writeFile(join(folder, "session.json"), text);
    expect(await readSession(folder)).toBeUndefined();
  });
});

describe(waitVariable, () => {
  test("is 60 without a word, and what the environment says", () => {
    expect(waitSeconds({})).toBe(60);
    expect(waitSeconds({ [waitVariable]: "0.5" })).toBe(0.5);
  });

  test.each(["", " ", "x", "-1", "3601", "NaN"])("%j is refused", (text) => {
    expect(() => waitSeconds({ [waitVariable]: text })).toThrow("a number of seconds from 0 to 3600");
  });
});
