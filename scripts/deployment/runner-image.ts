import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Parameters } from "./parameters.ts";

/** What `npm run image:push` leaves. */
const pushedFile = "runner-image/pushed.json";

const pushed = z.object({ uri: z.string(), arch: z.enum(["x86_64", "arm64"]), builtAt: z.string() });

export type RunnerImage = {
  /** With a digest: what was tested is what runs. */
  readonly uri: string;
  /** ISO time; empty when it is not known. */
  readonly builtAt: string;
};

type Deployment = {
  readonly region: string;
  /** The one of serverless.yml. */
  readonly folder: string;
  /** Nothing of it is deployed. */
  readonly packagesOnly: boolean;
};

/**
 * The image of the Lambda runner: the parameter's, else the one that was pushed last. When there is none: rejects, but
 * for a package, which then names one that says so. Rejects when Lambda would not take it: of another architecture, or in
 * another region.
 */
export async function runnerImage(
  { runnerImage: given, runnerImageBuiltAt, runnerArch }: Parameters,
  { region, folder, packagesOnly }: Deployment,
): Promise<RunnerImage> {
  const pushedOne = async (): Promise<RunnerImage> =>
    (await pushedImage(runnerArch, folder)) ?? noImage(region, packagesOnly);
  const image = given === "" ? await pushedOne() : { uri: given, builtAt: runnerImageBuiltAt };
  const of = /\.dkr[.-]ecr\.(?<region>[a-z0-9-]+)\./.exec(image.uri)?.groups?.["region"];
  if (of !== undefined && of !== region) {
    throw new Error(
      `The runner's image ${image.uri} is in ${of}, but Lambda in ${region} takes images of ${region} only.`,
    );
  }
  return image;
}

/** Lambda would say that there is no such image: nobody has the account. */
function noImage(region: string, packagesOnly: boolean): RunnerImage {
  if (packagesOnly) {
    const repository = "there-is-no-image-yet-see-npm-run-image-push";
    return { uri: `000000000000.dkr.ecr.${region}.amazonaws.com/${repository}@sha256:${"0".repeat(64)}`, builtAt: "" };
  }
  throw new Error(
    `There is no image for runners on Lambda: ${pushedFile} is missing. Run "npm run image:build" and ` +
      `"npm run image:push", or name one with --param="runnerImage=…@sha256:…".`,
  );
}

async function pushedImage(arch: string, folder: string): Promise<RunnerImage | undefined> {
  const text = await readFile(join(folder, pushedFile), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { arch: built, ...image } = pushed.parse(JSON.parse(text));
  if (built !== arch) {
    throw new Error(
      `The image in ${pushedFile} is for ${built}, but runnerArch is ${arch}: build and push one for that.`,
    );
  }
  return image;
}
