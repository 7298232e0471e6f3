import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Template } from "../deployment/template.ts";
import type { Packaged } from "./packaged.ts";
import { readPackage } from "./read-package.ts";

const root = resolve(import.meta.dirname, "../..");

/** What serverless.yml reads of the repository. Itself it must be a file and no link. */
const linked = ["resources", "scripts", "policy.yml", "runner-image/runner.json"];
const bundles = ["webhook", "worker", "host", "schedule"];

/** An image as `npm run image:push` names it; nothing is pulled when a template is packaged. */
export const someImage = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/mayfly-runner@sha256:${"a".repeat(64)}`;

export type Packaging = {
  readonly stage?: string;
  readonly region?: string;
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Files beside or instead of the repository's, by their path. */
  readonly files?: Readonly<Record<string, string>>;
};

/**
 * Packages the service as `serverless package` does, offline and without credentials, in a folder of its own that is
 * gone afterwards: the repository's own build and `.serverless` are neither needed nor touched, stand-ins take the
 * place of the bundles. Rejects with what the framework says when it refuses.
 */
export async function packageService(packaging: Packaging = {}): Promise<Packaged> {
  const { stage = "dev", region = "eu-central-1", parameters = { runnerImage: someImage }, files = {} } = packaging;
  const folder = await mkdtemp(join(tmpdir(), "mayfly-package-"));
  try {
    await layOut(folder, files);
    const given = Object.entries(parameters).flatMap(([name, value]) => ["--param", `${name}=${value}`]);
    await promisify(execFile)(
      process.execPath,
      [
        join(root, "node_modules/serverless/bin/serverless.js"),
        "package",
        "--stage",
        stage,
        "--region",
        region,
        ...given,
      ],
      // nothing of who runs this: no credentials, no region, no settings
      { cwd: folder, env: { HOME: folder, PATH: dirname(process.execPath) } },
    ).catch((error: Error & { readonly stdout?: string; readonly stderr?: string }) => {
      throw new Error(`${error.stdout ?? ""}${error.stderr ?? ""}` || error.message);
    });
    return await readPackage(join(folder, ".serverless"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The template alone. */
export async function packageTemplate(packaging: Packaging = {}): Promise<Template> {
  return (await packageService(packaging)).template;
}

async function layOut(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const stubs = bundles.map((name) => [`dist/${name}/index.mjs`, "export const handler = () => {};\n"]);
  const written: Readonly<Record<string, string>> = { ...Object.fromEntries(stubs), ...files };
  await Promise.all(["dist", "runner-image"].map(async (name) => await mkdir(join(folder, name))));
  for (const [path, text] of Object.entries(written)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await copyFile(join(root, "serverless.yml"), join(folder, "serverless.yml"));
  const missing = linked.filter((path) => !Object.hasOwn(written, path));
  await Promise.all(missing.map(async (path) => await symlink(join(root, path), join(folder, path))));
}
