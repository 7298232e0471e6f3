import { execFile } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { buildImage, localName } from "../../scripts/image/build-image.ts";
import { pushImage, rollBack, type Destination } from "../../scripts/image/push-image.ts";
import type { PushedImage } from "../../scripts/image/pushed-file.ts";
import { readRevision } from "../../scripts/image/revision.ts";
import { root as ourRoot } from "../repo/source-files.ts";
import type { StoredImage, StoredRepository } from "./image-registry.ts";
import { startWorld, type World, type WorldOptions } from "./image-world.ts";

let world: World | undefined;

async function start(options?: WorldOptions): Promise<World> {
  world = await startWorld(options);
  return world;
}

afterEach(async () => {
  await world?.close();
  world = undefined;
});

function push(here: World, over: Partial<Destination> = {}, arch: "x86_64" | "arm64" = "x86_64"): Promise<PushedImage> {
  return pushImage(here.root, arch, here.to(over), () => here.engine());
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("not there");
  return value;
}

function repository(here: World, name = "mayfly-prod-runner"): StoredRepository {
  return there(here.registry.repositories.get(name));
}

/** As nobody of ours would set a repository up. */
const neglected = { imageTagMutability: "MUTABLE", scanOnPush: false, encryption: "AES256" };

function commit(here: World, text: string): string {
  writeFileSync(join(here.root, "change"), text);
  here.git("add", ".");
  here.git("commit", "--quiet", "--message", text);
  return here.git("rev-parse", "--short=12", "HEAD");
}

describe("the first push of a stage", () => {
  let here: World;
  let pushed: PushedImage;
  beforeAll(async () => {
    here = await startWorld();
    pushed = await push(here);
  });
  afterAll(() => here.close());

  test("writes what serverless deploy reads, where git does not look", () => {
    const head = here.git("rev-parse", "--short=12", "HEAD");
    const [image] = repository(here).images;
    expect(image).toMatchObject({ tag: `${head}-x86_64`, mediaType: expect.stringContaining("manifest.v2") });
    expect(pushed).toEqual({
      uri: `${here.registry.host}/mayfly-prod-runner@${there(image).digest}`,
      tag: `${head}-x86_64`,
      arch: "x86_64",
      builtAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      stage: "prod",
      region: "eu-central-1",
    });
    expect(here.pushed()).toEqual(pushed);
    expect(here.git("status", "--porcelain")).toBe("");
  });

  test("makes a repository: tags that stay, scans, encryption, 20 images, a cost tag, and Lambda may read", () => {
    const { images, ...settings } = repository(here);
    expect(images).toHaveLength(1);
    expect(settings).toMatchObject({
      imageTagMutability: "IMMUTABLE",
      scanOnPush: true,
      encryption: "AES256",
      tags: [{ Key: "mayfly:stack", Value: "mayfly-prod" }],
    });
    const { rules } = settings.lifecyclePolicy as { rules: { rulePriority: number; selection: unknown }[] };
    expect(
      rules.toSorted((one, other) => one.rulePriority - other.rulePriority).map(({ selection }) => selection),
    ).toEqual([
      { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 },
      { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 20 },
    ]);
    expect(settings.policy).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "LambdaReadsTheImage",
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
          Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
          Condition: {
            StringLike: { "aws:SourceArn": "arn:aws:lambda:eu-central-1:123456789012:function:mayfly-prod-*" },
          },
        },
      ],
    });
  });

  test("has the password in no command line, and logs the engine out afterwards", () => {
    const calls = here.engineCalls();
    const [password] = here.registry.passwords;
    expect(password).toMatch(/.{20}/);
    expect(calls.join("\n")).not.toContain(password);
    expect(calls.filter((call) => call.startsWith("docker log"))).toEqual([
      `docker login --username=AWS --password-stdin ${here.registry.host}`,
      `docker logout ${here.registry.host}`,
    ]);
    expect(calls.at(-1)).toMatch(/^docker logout/);
  });
});

describe("image:push", () => {
  test("what is built already is not built again, and its time is the time of the build", async () => {
    const here = await start();
    jest.useFakeTimers({ now: Date.parse("2026-11-01T12:00:00Z"), advanceTimers: true });
    await buildImage(here.root, await readRevision(here.root), "x86_64", await here.engine());
    jest.useRealTimers();
    expect((await push(here)).builtAt).toMatch(/^2026-11-01T12:/);
    expect(here.engineCalls().filter((call) => call.includes(" build "))).toHaveLength(1);
  });

  test("pushing a commit again does nothing, and needs no engine", async () => {
    const here = await start();
    const first = await push(here);
    rmSync(join(here.root, "runner-image/pushed.json"));
    const second = await pushImage(here.root, "x86_64", here.to(), () => Promise.reject(new Error("no engine here")));
    expect(second).toEqual({ ...first, builtAt: there(repository(here).images[0]).pushedAt.toISOString() });
    expect(here.pushed()).toEqual(second);
    expect(repository(here).images).toHaveLength(1);
  });

  test("both architectures of a commit stand side by side", async () => {
    const here = await start();
    await push(here);
    expect(await push(here, {}, "arm64")).toMatchObject({ tag: expect.stringMatching(/-arm64$/), arch: "arm64" });
    expect(repository(here).images.map(({ tag }) => tag.slice(13))).toEqual(["x86_64", "arm64"]);
    expect(new Set(repository(here).images.map(({ digest }) => digest)).size).toBe(2);
  });

  test("works with podman", async () => {
    const here = await start({ engines: { podman: "podman" } });
    await push(here);
    expect(here.pushed()).toMatchObject({ arch: "x86_64" });
  });

  test.each([
    ["a changed file", "runner-image/Dockerfile"],
    ["a file that git does not know", "runner-image/new"],
  ])("refuses %s, and asks neither AWS nor an engine", async (_, file) => {
    const here = await start();
    writeFileSync(join(here.root, file), "# changed\n");
    await expect(push(here)).rejects.toThrow(`these files are not as committed: ${file}; commit or remove them`);
    expect([...here.registry.calls, ...here.engineCalls()]).toEqual([]);
    expect(here.pushed()).toBeUndefined();
  });

  test("an index is refused, with what to do, and pushed.json stays as it was", async () => {
    const here = await start({ env: { ENGINE_ATTESTS: "1" } });
    await expect(push(here)).rejects.toThrow(
      /is application\/vnd\.oci\.image\.index\.v1\+json, and Lambda takes a single image only: delete it \(aws ecr batch-delete-image --repository-name mayfly-prod-runner --image-ids imageTag=[0-9a-f]{12}-x86_64\)/,
    );
    expect(here.pushed()).toBeUndefined();
  });

  test("an image that only has the right name is not pushed", async () => {
    const here = await start();
    const revision = await readRevision(here.root);
    const other = await buildImage(here.root, revision, "arm64", await here.engine());
    await (await here.engine()).run(["tag", other, localName(revision, "x86_64")]);
    await expect(push(here)).rejects.toThrow(/is arm64 of [0-9a-f]{12}, not amd64 of [0-9a-f]{12}: build it again/);
    expect(here.engineCalls().filter((call) => call.startsWith("docker push"))).toEqual([]);
  });

  test("a push that fails logs out and writes nothing", async () => {
    const here = await start();
    here.registry.denied.add("PutImage");
    await expect(push(here)).rejects.toThrow(/docker push .* failed with exit code 1/);
    expect(here.engineCalls().at(-1)).toMatch(/^docker logout/);
    expect(here.pushed()).toBeUndefined();
  });

  test("what AWS refuses is told in AWS's words", async () => {
    const here = await start();
    here.registry.denied.add("CreateRepository");
    await expect(push(here)).rejects.toThrow("not authorized to perform: ecr:CreateRepository");
  });

  test("a repository of this stage is brought back to its settings", async () => {
    const here = await start();
    const tags = [{ Key: "mayfly:stack", Value: "mayfly-prod" }];
    here.registry.repositories.set("mayfly-prod-runner", { ...neglected, tags, images: [] });
    await push(here);
    expect(repository(here)).toMatchObject({
      imageTagMutability: "IMMUTABLE",
      scanOnPush: true,
      lifecyclePolicy: expect.anything(),
      policy: expect.anything(),
    });
  });

  test("a repository of somebody else is used as it is", async () => {
    const here = await start();
    const tags = [{ Key: "mayfly:stack", Value: "mayfly-test" }];
    here.registry.repositories.set("team/images", { ...neglected, tags, images: [] });
    const pushed = await push(here, { repository: "team/images" });
    expect(pushed.uri).toMatch(/\/team\/images@sha256:[0-9a-f]{64}$/);
    expect(repository(here, "team/images")).toEqual({
      ...neglected,
      tags,
      images: [expect.objectContaining({ tag: pushed.tag })],
    });
  });
});

describe("image:push --rollback", () => {
  const stored = (tag: string, digit: string): StoredImage => ({
    tag,
    digest: `sha256:${digit.repeat(64)}`,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    pushedAt: new Date("2026-11-01T12:00:00.000Z"),
  });

  async function withImages(): Promise<World> {
    const here = await start();
    const images = [stored("0123456789ab-arm64", "1"), stored("ba9876543210-arm64", "2")];
    here.registry.repositories.set("mayfly-prod-runner", { ...neglected, tags: [], images });
    return here;
  }

  test("writes an earlier image, changes nothing at AWS and needs no engine", async () => {
    const here = await withImages();
    await rollBack(here.root, "ba9876543210-arm64", here.to());
    const back = await rollBack(here.root, "0123456789ab-arm64", here.to());
    expect(back).toEqual({
      uri: `${here.registry.host}/mayfly-prod-runner@sha256:${"1".repeat(64)}`,
      tag: "0123456789ab-arm64",
      arch: "arm64",
      builtAt: "2026-11-01T12:00:00.000Z",
      stage: "prod",
      region: "eu-central-1",
    });
    expect(here.pushed()).toEqual(back);
    expect(new Set(here.registry.calls)).toEqual(new Set(["DescribeRepositories", "DescribeImages"]));
    expect(here.engineCalls()).toEqual([]);
  });

  test.each([
    ["0123456789ab-x86_64", "ECR has no image mayfly-prod-runner:0123456789ab-x86_64 in eu-central-1"],
    ["latest", "latest is no tag of image:push, which are like 0123456789ab-x86_64"],
    ["0123456789ab-arm64-dirty", "is no tag of image:push"],
  ])("to %s is refused, and pushed.json stays", async (tag, message) => {
    const here = await withImages();
    const pushed = await rollBack(here.root, "ba9876543210-arm64", here.to());
    await expect(rollBack(here.root, tag, here.to())).rejects.toThrow(message);
    expect(here.pushed()).toEqual(pushed);
  });

  test("makes no repository", async () => {
    const here = await start();
    await expect(rollBack(here.root, "0123456789ab-arm64", here.to())).rejects.toThrow("ECR has no repository mayfly-prod-runner in eu-central-1"); // prettier-ignore
    expect(here.registry.repositories.size).toBe(0);
  });
});

describe("the commands", () => {
  /** The scripts themselves, in the other repository. */
  async function run(here: World, script: string, ...args: readonly string[]): Promise<{ code: number; out: string }> {
    const command = ["--disable-warning=ExperimentalWarning", `scripts/${script}`, ...args];
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, command, {
        cwd: here.root,
        env: here.env,
      });
      return { code: 0, out: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout + stderr };
    }
  }

  async function withScripts(): Promise<World> {
    const here = await start();
    for (const name of [
      "scripts",
      "runner-image/build-supervisor.ts",
      "runner-image/bundle-program.ts",
      "runner-image/supervisor",
      "package.json",
    ]) {
      // prettier-ignore
      cpSync(join(ourRoot, name), join(here.root, name), { recursive: true });
    }
    symlinkSync(join(ourRoot, "node_modules"), join(here.root, "node_modules"));
    commit(here, "scripts");
    return here;
  }

  test("image:build, image:push and --rollback, one after the other", async () => {
    const here = await withScripts();
    const head = here.git("rev-parse", "--short=12", "HEAD");
    expect(await run(here, "image-build.ts", "--arch", "arm64")).toEqual({
      code: 0,
      out: `mayfly-runner:${head}-arm64\n`,
    });
    const to = ["--stage", "test", "--region", "eu-central-1"];
    const pushed = await run(here, "image-push.ts", ...to, "--arch", "arm64");
    expect(pushed).toMatchObject({ code: 0 });
    expect(pushed.out).toMatch(
      /^runner-image\/pushed\.json: [0-9a-f]{12}-arm64, \S+\/mayfly-test-runner@sha256:[0-9a-f]{64}$/m,
    );
    const written = readFileSync(join(here.root, "runner-image/pushed.json"), "utf8");
    rmSync(join(here.root, "runner-image/pushed.json"));
    expect(await run(here, "image-push.ts", ...to, "--rollback", `${head}-arm64`)).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(here.root, "runner-image/pushed.json"), "utf8"))).toMatchObject({
      uri: (JSON.parse(written) as PushedImage).uri,
      stage: "test",
    });
  });

  test("say what is wrong, and write nothing", async () => {
    const here = await withScripts();
    expect(await run(here, "image-push.ts", "--stage", "prod")).toMatchObject({ code: 1, out: expect.stringContaining("--region <name>' not specified") }); // prettier-ignore
    expect(await run(here, "image-build.ts", "--arch", "riscv")).toMatchObject({ code: 1, out: expect.stringContaining("Allowed choices are x86_64, arm64") }); // prettier-ignore
    writeFileSync(join(here.root, "package.json"), "{}");
    const dirty = await run(here, "image-push.ts", "--stage", "prod", "--region", "eu-central-1");
    expect(dirty).toMatchObject({
      code: 1,
      out: expect.stringContaining("image:push: an image is named by its commit"),
    });
    expect(existsSync(join(here.root, "runner-image/pushed.json"))).toBe(false);
  });
});
