import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { compareVersions } from "./compare-versions.ts";

const version = z.string().regex(/^\d+\.\d+\.\d+$/);
const day = z.iso.date();
const archive = z.strictObject({ url: z.url({ protocol: /^https$/ }), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const schema = z.strictObject({
  /** Of the Actions runner in the image, and on stock EC2 images. */
  version,
  publishedOn: day,
  lookedUpOn: day,
  /** Where version and checksums are from. */
  source: z.string().min(1),
  /** The oldest version that GitHub still registers: https://github.com/orgs/community/discussions/194762 */
  minimumVersion: version,
  urlTemplate: z.string().includes("{version}").includes("{arch}"),
  x64: archive,
  arm64: archive,
});

/** What runner-image/runner.json holds. */
export type RunnerPins = z.infer<typeof schema>;
export type RunnerArch = "x64" | "arm64";

/** Where the release has its archive for `arch`. */
export function archiveUrl(urlTemplate: string, ofVersion: string, arch: RunnerArch): string {
  return urlTemplate.replaceAll("{version}", ofVersion).replaceAll("{arch}", arch);
}

/** The pins of the repository at `root`; rejects when the file is not what the schema says, or below its own minimum. */
export async function readRunnerPins(root: string): Promise<RunnerPins> {
  const file = fileOf(root);
  const parsed = schema.safeParse(JSON.parse(await readFile(file, "utf8")));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  if (compareVersions(parsed.data.version, parsed.data.minimumVersion) < 0) {
    throw new Error(
      `${file}: runner ${parsed.data.version} is below ${parsed.data.minimumVersion}, which GitHub enforces`,
    );
  }
  return parsed.data;
}

/** Writes the pins, formatted as the repository formats JSON. */
export async function writeRunnerPins(root: string, pins: RunnerPins): Promise<void> {
  await writeFile(fileOf(root), `${JSON.stringify(schema.parse(pins), null, 2)}\n`);
}

function fileOf(root: string): string {
  return join(root, "runner-image/runner.json");
}
