/**
 * Stand-in for docker and podman, a program that a test puts on the PATH: `node image-engine.ts NAME ARGUMENTS`. It
 * builds nothing, but keeps the rules that matter: what is copied must be in the build's context, an image that nobody
 * loaded is unknown, docker's attestations make an index, a push needs a login, a password comes by standard input.
 *
 * Environment: ENGINE_STATE, a folder for images, logins and calls; ENGINE_DOWN, names that do not work now;
 * ENGINE_ATTESTS, docker attests whatever it is told; REGISTRY, the endpoint that stands for every registry.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { text as textOf } from "node:stream/consumers";

type Image = {
  readonly Architecture: string;
  readonly Config: { readonly Labels: Record<string, string> };
  readonly mediaType: string;
};
type State = { readonly images: Record<string, Image>; readonly logins: Record<string, string> };

const [engine = "", ...args] = process.argv.slice(2);
const folder = process.env["ENGINE_STATE"] ?? "";
const stateFile = join(folder, "state.json");
const state: State = existsSync(stateFile)
  ? (JSON.parse(readFileSync(stateFile, "utf8")) as State)
  : { images: {}, logins: {} };

class Failure extends Error {
  readonly code: number;
  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

function save(): void {
  writeFileSync(stateFile, JSON.stringify(state));
}

/** Values of `--name=value`; every other option, and an option in two words, is unknown. */
function options(given: readonly string[], allowed: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const option of given.filter((one) => one.startsWith("-"))) {
    const [, name = "", , value = "true"] = /^--([\w-]+)(=(.*))?$/.exec(option) ?? [];
    if (!allowed.includes(name)) throw new Failure(`unknown flag: ${option}`, 125);
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}

async function build(given: readonly string[], allowed: readonly string[]): Promise<void> {
  // only here: every other command starts faster without a parser
  const { copiedFromContext, ofKind, parse, settingsOf } = await import("./dockerfile-rules.ts");
  const found = options(given, allowed);
  const value = (name: string): string | undefined => found.get(name)?.[0];
  const file = value("file") ?? "Dockerfile";
  if (given.at(-1) !== ".") throw new Failure("requires exactly 1 argument: the context");
  if (!existsSync(file)) throw new Failure(`failed to read dockerfile: open ${file}: no such file or directory`);
  const dockerfile = readFileSync(file, "utf8");
  for (const source of copiedFromContext(dockerfile)) {
    if (!inContext(source)) throw new Failure(`failed to compute cache key: "/${source}": not found`);
  }
  const buildArgs = new Map((found.get("build-arg") ?? []).map((arg) => arg.split(/=(.*)/s, 2) as [string, string]));
  const labels = settingsOf(ofKind(parse(dockerfile).getInstructions(), "LABEL")).map(({ name, value: label }) => [
    name,
    label.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => buildArgs.get(key) ?? ""),
  ]);
  const attested = value("provenance") !== "false" || value("sbom") !== "false" || "ENGINE_ATTESTS" in process.env;
  const image: Image = {
    Architecture: (value("platform") ?? "linux/amd64").replace("linux/", ""),
    Config: { Labels: Object.fromEntries(labels) as Record<string, string> },
    mediaType:
      engine === "docker" && attested
        ? "application/vnd.oci.image.index.v1+json"
        : "application/vnd.docker.distribution.manifest.v2+json",
  };
  if (engine === "podman" || value("load") === "true") state.images[value("tag") ?? ""] = image;
  save();
}

/** What .dockerignore lets in; the last line that fits decides. */
function inContext(file: string): boolean {
  const lines = existsSync(".dockerignore") ? readFileSync(".dockerignore", "utf8").split("\n") : [];
  const fitting = lines.filter((line) => {
    const pattern = line.replace(/^!/, "");
    return (
      pattern !== "" && !line.startsWith("#") && (matchesGlob(file, pattern) || matchesGlob(file, `${pattern}/**`))
    );
  });
  return existsSync(file) && fitting.at(-1)?.startsWith("!") !== false;
}

function known(name: string): Image {
  const image = state.images[name];
  if (image === undefined) throw new Failure(`Error response from daemon: No such image: ${name}`);
  return image;
}

async function push(name: string): Promise<void> {
  const image = known(name);
  const [, registry = "", repositoryName = "", imageTag = ""] = /^([^/]+)\/(.+):([^:]+)$/.exec(name) ?? [];
  const password = state.logins[registry];
  if (password === undefined) throw new Failure("no basic auth credentials");
  const response = await fetch(process.env["REGISTRY"] ?? "", {
    method: "POST",
    headers: { "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.PutImage", "x-password": password },
    body: JSON.stringify({
      repositoryName,
      imageTag,
      imageManifest: JSON.stringify(image),
      imageManifestMediaType: image.mediaType,
    }),
  });
  if (!response.ok) throw new Failure(await response.text());
}

async function logIn(given: readonly string[]): Promise<void> {
  const found = options(given, ["username", "password-stdin"]);
  const password = (await textOf(process.stdin)).trimEnd();
  if (!found.has("password-stdin") || password === "") throw new Failure("Cannot perform an interactive login");
  state.logins[given.at(-1) ?? ""] = password;
  save();
}

const buildOptions = ["platform", "file", "build-arg", "tag"];

const commands: Readonly<Record<string, (given: readonly string[]) => void | Promise<void>>> = {
  "--version": () => void process.stdout.write(`${engine} version 5.0.0\n`),
  version: () => void process.stdout.write("Server:\n"),
  info: () => void process.stdout.write("Server:\n"),
  image([what = "", name = ""]) {
    if (what !== "inspect") throw new Failure(`unknown command: ${engine} image ${what}`, 125);
    process.stdout.write(JSON.stringify([known(name)]));
  },
  tag([from = "", to = ""]) {
    state.images[to] = known(from);
    save();
  },
  login: logIn,
  push: ([name = ""]) => push(name),
  logout([registry = ""]) {
    delete state.logins[registry];
    save();
  },
  ...(engine === "podman"
    ? { build: (given) => build(given, [...buildOptions, "format"]) }
    : {
        buildx([what = "", ...given]) {
          if (what !== "build") throw new Failure(`unknown command: docker buildx ${what}`, 125);
          return build(given, [...buildOptions, "load", "provenance", "sbom"]);
        },
      }),
};

async function main(): Promise<void> {
  const [name = "", ...given] = args;
  if ((process.env["ENGINE_DOWN"] ?? "").split(" ").includes(engine) && name !== "--version") {
    throw new Failure("Cannot connect to the Docker daemon. Is the docker daemon running?");
  }
  const command = commands[name];
  if (command === undefined) throw new Failure(`unknown command: ${engine} ${name}`, 125);
  await command(given);
}

appendFileSync(join(folder, "calls"), `${JSON.stringify([engine, ...args])}\n`);
try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof Failure ? error.code : 1;
}
