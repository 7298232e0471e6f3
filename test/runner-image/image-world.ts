import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECRClient } from "@aws-sdk/client-ecr";
import { findEngine, type Engine, type EngineName } from "../../scripts/image/engine.ts";
import type { Destination } from "../../scripts/image/push-image.ts";
import { root as ourRoot } from "../repo/source-files.ts";
import { startRegistry, type Registry } from "./image-registry.ts";

/** A repository of its own with our Dockerfile, stand-ins for the engines, and one for ECR. */
export type World = {
  readonly root: string;
  readonly registry: Registry;
  /** For a process that a test starts. */
  readonly env: Record<string, string>;
  to(over?: Partial<Destination>): Destination;
  engine(wanted?: EngineName): Promise<Engine>;
  git(...args: readonly string[]): string;
  /** What the engines were asked, a line each, without what only finds out whether they work. */
  engineCalls(): string[];
  pushed(): unknown;
  close(): Promise<void>;
};

export type WorldOptions = {
  /** What is installed: the name of the program, and whose options it takes. */
  readonly engines?: Readonly<Record<string, EngineName>>;
  readonly env?: Record<string, string>;
};

export async function startWorld({
  engines = { docker: "docker" },
  env: more = {},
}: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "mayfly-image-"));
  const [root, bin, state] = [join(folder, "repository"), join(folder, "bin"), join(folder, "engine")];
  for (const each of [root, bin, state]) mkdirSync(each);
  const registry = await startRegistry();
  const standIn = join(import.meta.dirname, "image-engine.ts");
  for (const [program, kind] of Object.entries(engines)) {
    const script = `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${standIn}' ${kind} "$@"\n`;
    writeFileSync(join(bin, program), script, { mode: 0o755 });
  }
  for (const name of [
    ".dockerignore",
    ".gitignore",
    "runner-image/Dockerfile",
    "runner-image/runner.json",
    "runner-image/keys",
  ]) {
    cpSync(join(ourRoot, name), join(root, name), { recursive: true });
  }
  const env: Record<string, string> = {
    PATH: `${bin}:${gitOnly(folder)}`,
    HOME: folder,
    ENGINE_STATE: state,
    REGISTRY: registry.endpoint,
    AWS_ENDPOINT_URL_ECR: registry.endpoint,
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "example",
    ...more,
  };
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-C", root, "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false", ...args]).toString().trim(); // prettier-ignore
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "first");
  const ecr = new ECRClient({
    region: "eu-central-1",
    endpoint: registry.endpoint,
    maxAttempts: 1,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
  });
  const engineOf = new Map<EngineName | undefined, Promise<Engine>>();
  return {
    root,
    registry,
    env,
    git,
    to: (over = {}) => ({ ecr, repository: "mayfly-prod-runner", stage: "prod", region: "eu-central-1", ...over }),
    engine: (wanted) => {
      const known = engineOf.get(wanted) ?? findEngine(wanted, { env, cwd: root, shown: false });
      engineOf.set(wanted, known);
      return known;
    },
    engineCalls() {
      const file = join(state, "calls");
      const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
      return lines.map((line) => (JSON.parse(line) as string[]).join(" ")).filter((call) => !/^\w+ (--version|version|info)$/.test(call)); // prettier-ignore
    },
    pushed() {
      const file = join(root, "runner-image/pushed.json");
      return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as unknown) : undefined;
    },
    async close() {
      ecr.destroy();
      await registry.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A folder for the PATH with git and sh alone, so that no engine of this machine is found. */
function gitOnly(folder: string): string {
  const programs = join(folder, "programs");
  mkdirSync(programs);
  for (const name of ["git", "sh"]) {
    symlinkSync(
      execFileSync("sh", ["-c", `command -v ${name}`])
        .toString()
        .trim(),
      join(programs, name),
    );
  }
  return programs;
}
