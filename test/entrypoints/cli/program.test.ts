import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { policySchema } from "../../../src/core/planning/policy-schema.ts";
import { runnerSchema } from "../../../src/core/planning/runner-schema.ts";
import { runMayfly } from "./run-mayfly.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "mayfly-program-"))));
afterAll(async () => await rm(folder, { recursive: true }));

describe("help", () => {
  test.each(["lint", "plan", "init", "import", "register", "secret"])(
    "mayfly %s --help has an example and the exit codes",
    async (command) => {
      const { code, out } = await runMayfly(command, "--help");
      expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(`\n  mayfly ${command} `) });
      expect(out).toMatch(/\nExit codes:\n {2}0 {2}/);
    },
  );

  test("the program's own names all commands", async () => {
    const { code, out } = await runMayfly("--help");
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/lint.*plan.*init.*import.*schema.*register.*secret/s),
    });
  });

  test.each([
    ["lint", 2],
    ["plan", 1],
    ["init", 2],
  ])("mayfly %s: a prefix that no label can begin with is exit %i", async (command, exit) => {
    const { code, out, error } = await runMayfly(command, "--prefix", "acme/ci");
    expect({ code, out }).toEqual({ code: exit, out: "" });
    expect(error).toMatch(/--prefix.*'acme\/ci' is invalid\. A prefix is 1 to 64 letters/);
  });

  test("a command that there is not is exit 2", async () => {
    const { code, error } = await runMayfly("lnit");
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining("unknown command 'lnit'") });
  });
});

describe("commands for a deployment", () => {
  const key = ["--app-id", "4711"];
  test.each([
    ["no stage", ["register"], /required option '--stage/],
    ["a stage that is no stack's name", ["secret", "show", "--stage", "a/b"], /A stage is letters, digits and hyphens/],
    ["an App without its key", ["register", "--stage", "test", ...key], /--app-id and --key belong together/],
    ["a number that is none", ["register", "--stage", "test", "--app-id", "x"], /must be a whole number/],
    ["no address", ["register", "--stage", "test", "--github", "github.com"], /github\.com is no address such as/],
    ["a password in an address", ["register", "--stage", "test", "--api", "https://a:b@c"], /is no address such as/],
    ["a name that GitHub does not take", ["register", "--stage", "test", "--name", "n".repeat(35)], /1 to 34/],
    ["no key", ["secret", "replace-key", "--stage", "test"], /required option '--key/],
    ["an unknown one", ["secret", "print"], /unknown command 'print'/],
    ["none", ["secret"], /rotate-webhook/],
  ])("%s is exit 2, before anything is asked", async (_, args, message) => {
    const { code, out, error } = await runMayfly(...args);
    expect({ code, out, error }).toEqual({ code: 2, out: "", error: expect.stringMatching(message) });
  });

  test.each([["show"], ["rotate-webhook"], ["replace-key"], ["drop-former"]])(
    "mayfly secret %s --help",
    async (name) => {
      const { code, out } = await runMayfly("secret", name, "--help");
      expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("--stage <name>") });
    },
  );
});

describe("mayfly schema", () => {
  test.each([
    [["schema"], runnerSchema()],
    [["schema", "runner"], runnerSchema()],
    [["schema", "policy"], policySchema()],
  ])("%j prints what editors complete by", async (args, schema) => {
    const { code, out } = await runMayfly(...args);
    expect({ code, schema: JSON.parse(out) as unknown }).toEqual({ code: 0, schema });
  });

  test("of another file is exit 2", async () => {
    expect(await runMayfly("schema", "workflow")).toMatchObject({ code: 2, out: "" });
  });
});

describe("other commands are there", () => {
  test("mayfly import", async () => {
    const file = join(folder, "labels.txt");
    await writeFile(file, "self-hosted, linux, gpu\n");
    expect(await runMayfly("import", file)).toMatchObject({ code: 0, out: expect.stringContaining("runners:\n") });
    expect((await runMayfly("import", join(folder, "none.txt"))).code).toBe(2);
    expect((await runMayfly("import")).code).toBe(2);
  });

  test("mayfly init writes what lint has nothing against", async () => {
    expect((await runMayfly("init", folder)).code).toBe(1);
    await writeFile(join(folder, ".git"), "");
    expect((await runMayfly("init", folder)).code).toBe(0);
    expect(await readFile(join(folder, ".github/runner.yml"), "utf8")).not.toBe("");
    expect(await runMayfly("lint", folder)).toEqual({ code: 0, out: "", error: "" });
  });
});
