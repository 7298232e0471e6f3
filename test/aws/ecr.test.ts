import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateRepositoryCommand,
  DeleteLifecyclePolicyCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Engine } from "../../scripts/image/engine.ts";
import { findRepository, settleRepository } from "../../scripts/image/image-repository.ts";
import { pushImage, rollBack } from "../../scripts/image/push-image.ts";
import { pushedFile } from "../../scripts/image/pushed-file.ts";
import { registryImage } from "../../scripts/image/registry-image.ts";
import { whileLoggedIn } from "../../scripts/image/while-logged-in.ts";
import { account, home, newName, reach } from "./moto.ts";
import { notKept } from "./not-kept.ts";

const ecr = new ECRClient(reach());
afterAll(() => {
  ecr.destroy();
});

const registry = `${account}.dkr.ecr.${home}.amazonaws.com`;
const single = "application/vnd.oci.image.manifest.v1+json";

/** Puts an image as the end of a push does; gives its digest, which moto does not work out itself. */
async function put(repositoryName: string, imageTag: string, mediaType = single): Promise<string> {
  const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, config: { digest: newName() }, layers: [] });
  const imageDigest = `sha256:${createHash("sha256").update(imageManifest).digest("hex")}`;
  const image = { imageTag, imageManifest, imageManifestMediaType: mediaType, imageDigest };
  await ecr.send(new PutImageCommand({ repositoryName, ...image }));
  return imageDigest;
}

/** What can be seen of a repository. */
async function seen(name: string) {
  const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
  const lifecycle = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName: name })).catch(() => undefined);
  const policy = await ecr.send(new GetRepositoryPolicyCommand({ repositoryName: name })).catch(() => undefined);
  const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn: repositories?.[0]?.repositoryArn }));
  return {
    repository: repositories?.[0],
    tags,
    lifecycle: JSON.parse(lifecycle?.lifecyclePolicyText ?? "null") as unknown,
    policy: JSON.parse(policy?.policyText ?? "null") as unknown,
  };
}

describe("the repository of a stage", () => {
  const name = newName();
  const settled = {
    repository: {
      repositoryName: name,
      repositoryUri: `${registry}/${name}`,
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: "AES256" },
    },
    tags: [{ Key: "mayfly:stack", Value: "mayfly-prod" }],
    lifecycle: { rules: [{ action: { type: "expire" } }, { selection: { countNumber: 20 } }] },
    policy: {
      Statement: [
        {
          Principal: { Service: "lambda.amazonaws.com" },
          Condition: {
            StringLike: { "aws:SourceArn": `arn:aws:lambda:${home}:${account}:function:mayfly-prod-*` },
          },
        },
      ],
    },
  };

  test("is made with tags that stay, a scan, encryption, an end for old images, and Lambda as its reader", async () => {
    expect(await findRepository(ecr, name)).toBeUndefined();
    const arn = `arn:aws:ecr:${home}:${account}:repository/${name}`;
    expect(await settleRepository(ecr, name, "prod")).toEqual({ name, uri: `${registry}/${name}`, arn });
    expect(await seen(name)).toMatchObject(settled);
    expect(await findRepository(ecr, name)).toEqual({ name, uri: `${registry}/${name}`, arn });
  });

  test("is brought to its settings again when it is ours, and left alone when it is not", async () => {
    await ecr.send(new PutImageTagMutabilityCommand({ repositoryName: name, imageTagMutability: "MUTABLE" }));
    await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName: name }));
    await settleRepository(ecr, name, "prod");
    expect(await seen(name)).toMatchObject(settled);
    const foreign = newName();
    await ecr.send(new CreateRepositoryCommand({ repositoryName: foreign }));
    await settleRepository(ecr, foreign, "prod");
    expect(await seen(foreign)).toMatchObject({
      repository: { imageTagMutability: "MUTABLE" },
      tags: [],
      lifecycle: null,
      policy: null,
    });
  });
});

describe("an image", () => {
  const name = newName();
  beforeAll(async () => {
    await settleRepository(ecr, name, "prod");
  });

  test("is told by the digest that its tag stands for, and a tag cannot be moved", async () => {
    expect(await registryImage(ecr, name, "0123456789ab-arm64")).toBeUndefined();
    const digest = await put(name, "0123456789ab-arm64");
    expect(await registryImage(ecr, name, "0123456789ab-arm64")).toEqual({ digest, pushedAt: expect.any(Date) });
    await expect(put(name, "0123456789ab-arm64")).rejects.toMatchObject({
      name: expect.stringMatching(/^Image(Tag)?AlreadyExistsException$/),
    });
    expect((await registryImage(ecr, name, "0123456789ab-arm64"))?.digest).toBe(digest);
  });

  test("that is a list of images is refused: Lambda takes a single one", async () => {
    await put(name, "index", "application/vnd.oci.image.index.v1+json");
    await expect(registryImage(ecr, name, "index")).rejects.toThrow(/oci\.image\.index.* takes a single image only/);
  });
});

test("the engine gets the password of the registry that it pushes to, and forgets it afterwards", async () => {
  const asked: [string, string | undefined][] = [];
  const engine: Engine = {
    name: "docker",
    run: async (args, input) => void asked.push([args.join(" "), input]),
    ask: async (args) => {
      asked.push([args.join(" "), undefined]);
      return "";
    },
  };
  await whileLoggedIn(ecr, engine, registry, async () => void asked.push(["push", undefined]));
  expect(asked).toEqual([
    [`login --username=AWS --password-stdin ${registry}`, expect.stringMatching(/^\S+$/)],
    ["push", undefined],
    [`logout ${registry}`, undefined],
  ]);
});

describe("image:push", () => {
  let root: string;
  let commit: string;
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-C", root, "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false", ...args], { encoding: "utf8" }).trim(); // prettier-ignore
  const repository = newName();
  const to = { ecr, repository, stage: "prod", region: home };
  const noEngine = async (): Promise<Engine> => await Promise.reject(new Error("no engine is needed"));
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "mayfly-push-"));
    await writeFile(join(root, ".gitignore"), `${pushedFile}\n`);
    git("init", "--quiet");
    git("add", ".");
    git("commit", "--quiet", "--message", "first");
    commit = git("rev-parse", "HEAD").slice(0, 12);
    await settleRepository(ecr, repository, "prod");
  });
  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  test("writes down the image that ECR has of this commit, without pushing it again", async () => {
    const digest = await put(repository, `${commit}-arm64`);
    const pushed = await pushImage(root, "arm64", to, noEngine);
    expect(pushed).toMatchObject({ uri: `${registry}/${repository}@${digest}`, tag: `${commit}-arm64`, stage: "prod" });
    expect(JSON.parse(await readFile(join(root, pushedFile), "utf8"))).toEqual(pushed);
  });

  test("goes back to an image that was pushed before, and to no other", async () => {
    const digest = await put(repository, "0123456789ab-x86_64");
    const pushed = await rollBack(root, "0123456789ab-x86_64", to);
    expect(pushed).toMatchObject({ uri: `${registry}/${repository}@${digest}`, arch: "x86_64" });
    await expect(rollBack(root, "ba9876543210-x86_64", to)).rejects.toThrow(
      `ECR has no image ${repository}:ba9876543210`,
    );
    const gone = { ...to, repository: newName() };
    await expect(rollBack(root, "0123456789ab-x86_64", gone)).rejects.toThrow("ECR has no repository");
  });
});

notKept("the digest of a manifest", `sha256:${createHash("sha256").digest("hex")}`, async () => {
  const repositoryName = newName();
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType: single, layers: [] });
  const { image } = await ecr.send(new PutImageCommand({ repositoryName, imageTag: "one", imageManifest }));
  return image?.imageId?.imageDigest;
});
