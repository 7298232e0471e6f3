import { join } from "node:path";
import { buildSupervisor } from "../../runner-image/build-supervisor.ts";
import { engineArch, type Arch } from "./arch.ts";
import type { Engine } from "./engine.ts";
import { imageTag } from "./image-tag.ts";
import type { Revision } from "./revision.ts";
import { readRunnerPins } from "./runner-pins.ts";

/** Name of an image on the machine where it is built. */
export function localName(revision: Revision, arch: Arch): string {
  return `mayfly-runner:${imageTag(revision, arch)}`;
}

/**
 * Builds the runner image of the repository at `root` for one architecture, and the supervisor's bundle before it;
 * resolves with the image's local name. Another architecture than the machine's needs emulation (binfmt) in the engine.
 */
export async function buildImage(root: string, revision: Revision, arch: Arch, engine: Engine): Promise<string> {
  const pins = await readRunnerPins(root);
  await buildSupervisor(join(root, "dist/runner-image/supervisor.mjs"));
  const name = localName(revision, arch);
  const told = { REVISION: revision.commit, CREATED: new Date().toISOString(), RUNNER_VERSION: pins.version };
  await engine.run([
    ...command[engine.name],
    `--platform=linux/${engineArch(arch)}`,
    "--file=runner-image/Dockerfile",
    ...Object.entries(told).map(([key, value]) => `--build-arg=${key}=${value}`),
    `--tag=${name}`,
    ".",
  ]);
  return name;
}

/**
 * Lambda takes one image, not an index of several: docker makes an index as soon as it attests anything, and podman
 * keeps SHELL in its docker format only.
 */
const command = {
  docker: ["buildx", "build", "--load", "--provenance=false", "--sbom=false"],
  podman: ["build", "--format=docker"],
} as const;
