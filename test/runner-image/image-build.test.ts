import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { buildImage } from "../../scripts/image/build-image.ts";
import { localImageCreatedAt } from "../../scripts/image/local-image.ts";
import { readRevision } from "../../scripts/image/revision.ts";
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

async function build(here: World, arch: "x86_64" | "arm64" = "x86_64"): Promise<string> {
  return buildImage(here.root, await readRevision(here.root), arch, await here.engine());
}

describe("image:build", () => {
  test.each([
    ["x86_64", "linux/amd64"],
    ["arm64", "linux/arm64"],
  ] as const)(
    "for %s: one image without attestations, named by the commit, with the supervisor in it",
    async (arch, platform) => {
      const here = await start();
      const commit = here.git("rev-parse", "--short=12", "HEAD");
      const name = await build(here, arch);
      expect(name).toBe(`mayfly-runner:${commit}-${arch}`);
      const [call, ...others] = here.engineCalls();
      expect(others).toEqual([]);
      expect(call).toContain(`docker buildx build --load --provenance=false --sbom=false --platform=${platform} `);
      expect(call).toContain(` --build-arg=REVISION=${commit} `);
      const pins = JSON.parse(readFileSync(join(here.root, "runner-image/runner.json"), "utf8")) as { version: string };
      expect(call).toContain(` --build-arg=RUNNER_VERSION=${pins.version} `);
      expect(readFileSync(join(here.root, "dist/runner-image/supervisor.mjs"), "utf8")).toContain(
        "Mayfly.EnvironmentUsed",
      );
      const createdAt = await localImageCreatedAt(name, await readRevision(here.root), arch, await here.engine());
      expect(Math.abs(Date.parse(createdAt ?? "") - Date.now())).toBeLessThan(600_000);
    },
  );

  test("with files that are nowhere committed the name says so", async () => {
    const here = await start();
    writeFileSync(join(here.root, "runner-image/Dockerfile"), `${readFileSync(join(here.root, "runner-image/Dockerfile"), "utf8")}\n`); // prettier-ignore
    expect(await build(here)).toMatch(/^mayfly-runner:[0-9a-f]{12}-x86_64-dirty$/);
  });

  test("a build that fails is told", async () => {
    const here = await start();
    writeFileSync(join(here.root, ".dockerignore"), "*\n");
    await expect(build(here)).rejects.toThrow("docker buildx build failed with exit code 1");
  });

  test("a runner that GitHub refuses is not built in", async () => {
    const here = await start();
    const file = join(here.root, "runner-image/runner.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(/"version": "[\d.]+"/, '"version": "2.328.0"'));
    await expect(build(here)).rejects.toThrow("runner 2.328.0 is below 2.329.0, which GitHub enforces");
    expect(here.engineCalls()).toEqual([]);
  });

  test("pins without a checksum are refused with the place", async () => {
    const here = await start();
    const file = join(here.root, "runner-image/runner.json");
    const pins = JSON.parse(readFileSync(file, "utf8")) as { arm64: { sha256?: string } };
    delete pins.arm64.sha256;
    writeFileSync(file, JSON.stringify(pins));
    await expect(build(here)).rejects.toThrow(/runner\.json: [^]*arm64\.sha256/);
  });
});

describe("the engine", () => {
  test("is podman when docker is not there, with podman's options", async () => {
    const here = await start({ engines: { podman: "podman" } });
    await build(here);
    expect(here.engineCalls()[0]).toMatch(/^podman build --format=docker --platform=linux\/amd64 /);
  });

  test("is podman when docker is there and does not work", async () => {
    const here = await start({ engines: { docker: "docker", podman: "podman" }, env: { ENGINE_DOWN: "docker" } });
    expect((await here.engine()).name).toBe("podman");
  });

  test("is docker when both work, and podman when that is asked for", async () => {
    const here = await start({ engines: { docker: "docker", podman: "podman" } });
    expect((await here.engine()).name).toBe("docker");
    expect((await here.engine("podman")).name).toBe("podman");
  });

  test("is podman when what is called docker is podman", async () => {
    const here = await start({ engines: { docker: "podman" } });
    await build(here);
    expect(here.engineCalls()[0]).toMatch(/^podman build --format=docker /);
  });

  test.each([
    [undefined, "tried docker, podman"],
    ["docker" as const, "tried docker"],
  ])("is missing: what was tried is told (%s)", async (wanted, tried) => {
    const here = await start({ engines: { docker: "docker" }, env: { ENGINE_DOWN: "docker" } });
    await expect(here.engine(wanted)).rejects.toThrow(
      `no container engine works here (${tried}): install or start one`,
    );
  });
});
