import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Arch } from "./arch.ts";

/** The image that `serverless deploy` takes. */
export type PushedImage = {
  /** By digest: a function keeps what it was deployed with, whatever happens to tags. */
  readonly uri: string;
  readonly tag: string;
  readonly arch: Arch;
  /** ISO time; of an image that this machine does not have, when it was pushed. */
  readonly builtAt: string;
  readonly stage: string;
  readonly region: string;
};

/** Where `serverless.yml` reads it. */
export const pushedFile = "runner-image/pushed.json";

/** Writes runner-image/pushed.json of the repository at `root`. */
export async function writePushed(root: string, pushed: PushedImage): Promise<void> {
  const file = join(root, pushedFile);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(pushed, null, 2)}\n`);
}
