import { generateKeyPairSync } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Writable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { redactingLogger } from "../../src/adapters/log/pino-log.ts";
import { freePort } from "../../src/entrypoints/local/free-port.ts";
import { startSandbox } from "../../src/entrypoints/local/sandbox-session.ts";
import type { Sandbox } from "../../src/entrypoints/local/sandbox-session.ts";
import { startWorld } from "../../src/entrypoints/local/stand-ins/start-world.ts";
import type { StartedWorld } from "../../src/entrypoints/local/stand-ins/start-world.ts";
import type { Job } from "../../src/core/model/job.ts";
import { hiddenIn, payloads } from "../fixtures/hostile/payloads.ts";
import { cleanUp, newFolder } from "./npm-start.ts";

const owner = "octo";
const files: Record<string, string> = {};
/** Requests of whatever was executed, by path: `/control` is what the jobs really ask for. */
const heard: string[] = [];
/** Bodies of what Mayfly asked of AWS, by operation. */
const asked: { readonly operation: string; readonly body: string }[] = [];
let log = "";
let dataDir = "";
let world: StartedWorld;
let sandbox: Sandbox;
const servers: Server[] = [];
let jobs: Job[] = [];

/** A YAML text that means exactly this, whatever is in it. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    (half) => String.raw`\u${half.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** Passes Mayfly's requests on to the stand-in for AWS, byte for byte, and keeps them. */
function recorder(url: () => string): Server {
  return createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      const operation = new URLSearchParams(body.toString()).get("Action") ?? request.url ?? "";
      asked.push({ operation, body: `${JSON.stringify(request.headers)}\n${body.toString()}` });
      // those that belong to one connection are made anew for the other
      const kept = Object.entries(request.headers).filter(([name]) => !/^(host|connection|content-length)$/.test(name));
      const answer = await fetch(`${url()}${request.url}`, {
        method: request.method ?? "POST",
        headers: Object.fromEntries(kept) as Record<string, string>,
        ...(body.length > 0 && { body }),
      });
      const back = [...answer.headers].filter(([name]) => !/^(connection|transfer-encoding)$/.test(name));
      response.writeHead(answer.status, Object.fromEntries(back)).end(Buffer.from(await answer.arrayBuffer()));
    })();
  });
}

/** A repository in which everything that its owner may choose is chosen to do harm. */
function writeRepository(port: number): { branch: string; message: string; served: number; refused: number } {
  const command = `curl -s 127.0.0.1:${port}`;
  const all = payloads("/tmp/mayfly-canary", command).filter(({ text }) => text.length < 80 && text.isWellFormed());
  const of = (kind: string): string[] => all.filter((one) => one.kind === kind).map(({ text }) => text);
  const noSlash = all.map(({ text }) => text).filter((text) => !text.includes("/") && !text.includes("\0"));
  // two of each kind as matrix values and labels: that many machines, each with a hostile job on it
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const values = kinds.flatMap((kind) => noSlash.filter((text) => of(kind).includes(text)).slice(0, 2));
  const [name, step] = [of("markdown").join(" ").slice(0, 90), of("shell").slice(0, 3).join(" ")];
  const check = `run: ${quoted(`curl -s 127.0.0.1:${port}/control; test ! -e /tmp/mayfly-canary`)}`;
  const path = `.github/workflows/'"$(${command}) [x](y) <b> @octocat.yml`;
  files[path] = `
name: ${quoted(`${of("html")[0]} ${of("direction")[0]} ${of("mention")[0]}`)}
on: push
jobs:
  values:
    strategy:
      fail-fast: false
      matrix:
        value: [${values.map(quoted).join(", ")}]
    runs-on: ["self-hosted", "mayfly/lambda/run=\${{ matrix.value }}"]
    steps: [{ name: ${quoted(step)}, ${check} }]
  instance:
    name: ${quoted(`$(${command}) ![](https://evil.example/p.png)`)}
    runs-on: ${quoted(`mayfly/ec2/run='"$(${command});\`${command}\``)}
    steps: [{ name: ${quoted(step)}, ${check} }]
  other:
    name: ${quoted(name)}
    runs-on: ${quoted(`mayfly/<img src>@octocat\u202e`)}
    steps: [{ run: 'exit 1' }]
  beside:
    name: ${quoted("a\n| --- |\n| [fake](https://evil.example) |")}
    runs-on: [mayfly, ${quoted("](https://evil.example) www.evil.example\n##[error]x")}]
    steps: [{ run: 'exit 1' }]
`;
  files[".github/runner.yml"] =
    `runners:\n  ${quoted(of("html")[1] ?? "")}: { execution: ${quoted(of("link")[0] ?? "")} }\n`;
  return {
    branch: `x'"$(${command})-\u202e<b>@octocat`,
    message: `${of("log")[0]}\n${of("command").join("\n")}`,
    served: values.length + 1,
    refused: 2,
  };
}

let plan: ReturnType<typeof writeRepository>;

beforeAll(async () => {
  dataDir = await newFolder();
  const canary = createServer((request, response) => {
    heard.push(request.url ?? "");
    response.end();
  });
  plan = writeRepository(await listen(canary));
  const port = await freePort();
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const [webhookSecret, hostKey] = ["a secret of this test", "ab".repeat(32)];
  world = await startWorld({ port, account: owner, dataDir, faults: [], publicKey, webhookSecret });
  const { github, aws } = world;
  const { instanceCertificate } = aws;
  const awsUrl = `http://127.0.0.1:${await listen(recorder(() => aws.url))}`;
  const destination = new Writable({
    write(chunk: Buffer, _, done) {
      log += chunk.toString();
      done();
    },
  });
  sandbox = await startSandbox({
    world: world.world,
    session: { port, githubUrl: github.url, awsUrl, instanceCertificate, privateKey, webhookSecret, hostKey },
    dataDir,
    logger: redactingLogger("debug", destination),
  });
  const { branch, message } = plan;
  await github.pushRepository({ owner, name: "hostile", private: true, files, branch, message });
  const { store } = sandbox.mayfly;
  const isOver = async (): Promise<boolean> => {
    const records = await Promise.all(github.jobs().map((job) => store.jobs.read(String(job.id))));
    if (records.some((job) => job?.state !== "completed" && job?.state !== "refused")) return false;
    jobs = records.flatMap((job) => job ?? []);
    const open = await Promise.all(["lambda", "ec2"].map((key) => store.runners.list({ index: "open", key })));
    const annotations = github.checkRuns().flatMap((checkRun) => checkRun.annotations);
    return open.flat().length + aws.machinesLeft() === 0 && annotations.length >= jobs.length;
  };
  while (!(await isOver())) await pause(100);
});

afterAll(async () => {
  await sandbox?.stop();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await cleanUp();
});

describe("a repository whose every name is an attack, through the whole sandbox", () => {
  test("its jobs ran once each, on a machine of their own; those with a wrong label were refused", () => {
    const { served, refused } = plan;
    expect(served).toBeGreaterThan(20);
    expect(jobs).toHaveLength(served + refused);
    const ran = jobs.filter((job) => job.state === "completed");
    expect(ran.map((job) => job.conclusion)).toEqual(Array.from({ length: served }, () => "success"));
    expect(jobs.filter((job) => job.state === "refused").map((job) => job.reason?.code)).toEqual([
      "MF-LABEL-RUNNER",
      "MF-LABEL-BESIDE",
    ]);
    // its runner.yml is broken, which strands nobody: the reason names the file's texts, and so does the check run
    const reasons = ran.map((job) => job.plan?.reasons.at(-1));
    expect(new Set(reasons).size).toBe(1);
    expect(reasons[0]).toContain("because of errors in .github/runner.yml: 2:3 `<script>");
    expect(reasons[0]).toContain("![](https://evil.example/");
    expect(new Set(ran.map((job) => job.runnerName)).size).toBe(served);
    expect(world.aws.launches()).toBe(served);
    expect(world.github.violations()).toEqual([]);
  });

  test("the names that it chose reached Mayfly as they were", () => {
    expect(jobs.map((job) => job.headBranch)).toEqual(jobs.map(() => plan.branch));
    expect(new Set(jobs.flatMap((job) => job.labels).flatMap(hiddenIn)).size).toBeGreaterThan(5);
    expect(
      new Set(
        jobs
          .map((job) => job.name)
          .join("")
          .match(/[$`'"|<@[\]]/g),
      ).size,
    ).toBe(9);
  });

  test("nothing was executed but the steps", () => {
    expect(heard.filter((path) => path !== "/control")).toEqual([]);
    expect(heard).toHaveLength(plan.served);
  });

  test("its check run has our markup only, links to our pages only, and nothing hidden", () => {
    const [checkRun, ...others] = world.github.checkRuns();
    expect(others).toEqual([]);
    const { name = "", summary, text, annotations = [] } = checkRun ?? {};
    for (const part of [summary ?? "", text ?? ""]) {
      expect(part.split("\n").flatMap(hiddenIn)).toEqual([]);
      const links = [...part.matchAll(/\]\(([^)]*)\)/g)].map(([, target = ""]) => target);
      const ours = (link: string): boolean =>
        jobs.some((job) => job.htmlUrl === link) || link.startsWith("https://eu-central-1.console.aws.amazon.com/");
      expect(links.filter((link) => !ours(link))).toEqual([]);
      const bare = part.replaceAll(/&#\d+;/g, "").replaceAll(/\]\([^)]*\)/g, "]");
      expect(bare).not.toMatch(/[<>@~$\\]|!\[|https?:|www\./);
    }
    const rows = (summary ?? "").split("\n").filter((line) => line.startsWith("|"));
    expect(rows).toHaveLength(2 + jobs.length);
    expect(new Set(rows.map((row) => row.split("|").length))).toEqual(new Set([8]));
    expect(hiddenIn(name)).toEqual([]);
    expect(annotations).toHaveLength(jobs.length);
    for (const { title, message, path } of annotations) {
      expect([title ?? "", path, ...message.split("\n")].flatMap(hiddenIn)).toEqual([]);
      expect(Object.keys(files)).toContain(path);
    }
  });

  test("Mayfly's log is one JSON text a line, nothing hidden in any, no command for whoever reads it", () => {
    const lines = log.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(100);
    for (const line of lines) {
      expect(JSON.parse(line)).toHaveProperty("msg");
      expect(hiddenIn(line)).toEqual([]);
      expect(line).not.toContain("##[");
    }
    const recorded = lines.map((line) => JSON.parse(line) as { msg: string; labels?: string[] });
    const labels = recorded.filter(({ msg }) => msg === "job recorded").map((line) => line.labels);
    expect(labels).toHaveLength(jobs.length);
    expect(labels).toEqual(expect.arrayContaining(jobs.map((job) => job.labels)));
  });

  test("AWS was told names of ours and nothing of theirs: tags, user data, events, log groups and streams", async () => {
    for (const { tags } of world.aws.instances()) {
      expect(
        Object.entries(tags)
          .map(([key, value]) => `${key}=${value}`)
          .toSorted(),
      ).toEqual([
        expect.stringMatching(/^Name=mayfly-\d+-1$/),
        expect.stringMatching(/^mayfly:repository=\d+$/),
        expect.stringMatching(/^mayfly:runner=mayfly-\d+-1$/),
        "mayfly:stack=mayfly-sandbox",
      ]);
    }
    const [instance, ...more] = world.aws.instances();
    expect(more).toEqual([]);
    // the listener prints its job's name as it is, into the job's own log; what we print there is about the runner
    const said = (await readFile(world.aws.consoleFile(instance?.id ?? ""), "utf8")).split("\n");
    const ours = said.filter((line) => / mayfly: /.test(line));
    expect(ours.length).toBeGreaterThan(3);
    for (const line of ours) expect(line).toMatch(/^\S+Z mayfly: [\w ,:.'-]+$/);
    const launches = asked.filter(({ operation }) => /RunInstances|invocations/.test(operation));
    expect(launches).toHaveLength(plan.served);
    for (const { body } of launches) {
      expect(body.split("\n").flatMap(hiddenIn)).toEqual([]);
      expect(body).not.toMatch(/curl -s 127|octocat|evil/);
      const userData = new URLSearchParams(body.split("\n")[1]).get("UserData");
      if (userData === null) continue;
      const settings = gunzipSync(Buffer.from(userData, "base64")).toString().split("\n").slice(1, 8);
      for (const line of settings) expect(line).toMatch(/^MAYFLY_[A-Z_]+='[\w.:/-]*'$/);
    }
    const logFiles = await readdir(join(dataDir, "logs"), { recursive: true });
    const names = logFiles.map((name) => decodeURIComponent(name));
    expect(names.filter((name) => name.endsWith(".log")).length).toBeGreaterThanOrEqual(plan.served);
    for (const name of names) expect(name).toMatch(/^[\w./[\]$-]+$/);
  });
});
