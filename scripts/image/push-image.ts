import type { ECRClient } from "@aws-sdk/client-ecr";
import type { Arch } from "./arch.ts";
import { buildImage, localName } from "./build-image.ts";
import type { Engine } from "./engine.ts";
import { archOfTag, imageTag } from "./image-tag.ts";
import { localImageCreatedAt } from "./local-image.ts";
import { whileLoggedIn } from "./while-logged-in.ts";
import { writePushed, type PushedImage } from "./pushed-file.ts";
import { registryImage } from "./registry-image.ts";
import { findRepository, settleRepository } from "./image-repository.ts";
import { readRevision, type Revision } from "./revision.ts";

/** Where images of a stage are kept. */
export type Destination = {
  readonly ecr: ECRClient;
  readonly repository: string;
  readonly stage: string;
  readonly region: string;
};

/**
 * Pushes the image of the commit that is checked out at `root` and writes runner-image/pushed.json. Builds it first when
 * the engine has none; pushes nothing when ECR has it already. `findEngine` is asked only if an engine is needed.
 * Rejects when files are not committed, and when what ECR has then is not one single image.
 */
export async function pushImage(
  root: string,
  arch: Arch,
  to: Destination,
  findEngine: () => Promise<Engine>,
): Promise<PushedImage> {
  const revision = await readRevision(root);
  if (revision.changed.length > 0) {
    throw new Error(
      `an image is named by its commit, and these files are not as committed: ${revision.changed.slice(0, 10).join(", ")}` +
        `${revision.changed.length > 10 ? " …" : ""}; commit or remove them`,
    );
  }
  const tag = imageTag(revision, arch);
  const repository = await settleRepository(to.ecr, to.repository, to.stage);
  let builtAt: string | undefined;
  if ((await registryImage(to.ecr, repository.name, tag)) === undefined) {
    const engine = await findEngine();
    builtAt = await ensureLocalImage(root, revision, arch, engine);
    const remote = `${repository.uri}:${tag}`;
    await engine.run(["tag", localName(revision, arch), remote]);
    await whileLoggedIn(to.ecr, engine, registryOf(repository.uri), () => engine.run(["push", remote]));
  }
  return record(root, to, repository.uri, { tag, arch, builtAt });
}

/** Writes runner-image/pushed.json for an image that was pushed before; rejects when ECR has no image of that tag. */
export async function rollBack(root: string, tag: string, to: Destination): Promise<PushedImage> {
  const arch = archOfTag(tag);
  if (arch === undefined) throw new Error(`${tag} is no tag of image:push, which are like 0123456789ab-x86_64`);
  const repository = await findRepository(to.ecr, to.repository);
  if (repository === undefined) throw new Error(`ECR has no repository ${to.repository} in ${to.region}`);
  return record(root, to, repository.uri, { tag, arch, builtAt: undefined });
}

async function ensureLocalImage(
  root: string,
  revision: Revision,
  arch: Arch,
  engine: Engine,
): Promise<string | undefined> {
  const name = localName(revision, arch);
  const createdAt = await localImageCreatedAt(name, revision, arch, engine);
  if (createdAt !== undefined) return createdAt;
  await buildImage(root, revision, arch, engine);
  return localImageCreatedAt(name, revision, arch, engine);
}

async function record(
  root: string,
  { ecr, repository, stage, region }: Destination,
  repositoryUri: string,
  built: { readonly tag: string; readonly arch: Arch; readonly builtAt: string | undefined },
): Promise<PushedImage> {
  const image = await registryImage(ecr, repository, built.tag);
  if (image === undefined) throw new Error(`ECR has no image ${repository}:${built.tag} in ${region}`);
  const pushed = {
    uri: `${repositoryUri}@${image.digest}`,
    tag: built.tag,
    arch: built.arch,
    builtAt: built.builtAt ?? image.pushedAt.toISOString(),
    stage,
    region,
  };
  await writePushed(root, pushed);
  return pushed;
}

function registryOf(repositoryUri: string): string {
  return repositoryUri.slice(0, repositoryUri.indexOf("/"));
}
