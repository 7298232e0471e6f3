import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const pinsFile = "runner-image/runner.json";

const archive = z.object({ url: z.url(), sha256: z.string().regex(/^[0-9a-f]{64}$/, "is no SHA-256") });
const pins = z.object({ x64: archive, arm64: archive });

/** The end of `MAYFLY_EC2`: which archive of the Actions runner an image without one downloads. */
export async function stockRunner(folder: string): Promise<string> {
  const { x64, arm64 } = pins.parse(JSON.parse(await readFile(join(folder, pinsFile), "utf8")));
  const members = {
    runnerUrl: x64.url,
    runnerSha256: x64.sha256,
    arm64RunnerUrl: arm64.url,
    arm64RunnerSha256: arm64.sha256,
  };
  return `,${JSON.stringify(members).slice(1, -1)}`;
}
