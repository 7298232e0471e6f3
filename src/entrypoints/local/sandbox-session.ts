import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { parse } from "yaml";
import { buildSupervisor } from "../../../runner-image/build-supervisor.ts";
import { pinoLog } from "../../adapters/log/pino-log.ts";
import type { Settings } from "../../core/settings.ts";
import { startFakeAws } from "../../sandbox/aws/start.ts";
import type { FakeAws } from "../../sandbox/aws/start.ts";
import type { Fault } from "../../sandbox/faults.ts";
import { faultSupply } from "../../sandbox/faults.ts";
import type { FakeGitHubEvent } from "../../sandbox/github/event.ts";
import { startFakeGitHub } from "../../sandbox/github/start.ts";
import type { FakeGitHub } from "../../sandbox/github/start.ts";
import { buildStandIn } from "../../sandbox/runner/build.ts";
import { composeLocal } from "../compose/local.ts";
import type { Mayfly } from "../compose/local.ts";
import { startServer, webhookPath } from "./server.ts";
import * as timing from "./sandbox-timings.ts";
import { startSchedule, startWorker } from "./worker-loop.ts";

const appId = 1001;
const region = "eu-central-1";
const functionName = "mayfly-sandbox-runner";
const account = "123456789012";

export type SandboxOptions = {
  readonly port: number;
  /** Owner of the repositories that will be pushed: the App is installed there. */
  readonly account: string;
  readonly dataDir: string;
  readonly faults: readonly Fault[];
  readonly logger: Logger;
  readonly settings?: Partial<Settings>;
  readonly onGitHub?: (event: FakeGitHubEvent) => void;
};

/** Mayfly beside stand-ins for GitHub and AWS, all in this process and on 127.0.0.1. */
export type Sandbox = {
  readonly github: FakeGitHub;
  readonly aws: FakeAws;
  readonly mayfly: Mayfly;
  readonly settings: Settings;
  /** Ends Mayfly first, then the machines, then the stand-ins. */
  stop(): Promise<void>;
};

type Secrets = { readonly appId: number; readonly privateKey: string; readonly webhookSecret: string };

/** Starts everything; resolves when webhooks would be served. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port, logger } = options;
  const { github, aws, secrets } = await startStandIns(options);
  const settings: Settings = {
    labelPrefix: "mayfly",
    installations: undefined,
    hostUrl: `http://127.0.0.1:${port}`,
    region,
    defaultExecution: "lambda",
    caps: { total: 100, executions: {}, repository: undefined },
    timings: timing.sandboxTimings,
    ...options.settings,
  };
  const { claimWithinSeconds, lifetimeSeconds, visibilitySeconds } = timing;
  const log = pinoLog(logger);
  const mayfly = composeLocal({
    log,
    settings,
    visibilitySeconds,
    github: { ...secrets, baseUrl: github.url },
    lambda: { endpoint: aws.url, functionName, claimWithinSeconds, lifetimeSeconds },
  });
  const server = await startServer(mayfly.app, { ...secrets, port, githubUrl: github.url, logger }).catch(
    async (error: unknown) => {
      await Promise.all([aws.close(), github.close()]);
      throw error;
    },
  );
  const loops = [
    startWorker(mayfly.app, mayfly.queue, log),
    startSchedule(mayfly.app, "local", timing.scheduleEveryMs, log),
  ];
  return {
    github,
    aws,
    mayfly,
    settings,
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await aws.close();
      await server.close();
      await github.close();
    },
  };
}

/** The fakes, with the real supervisor and the stand-in runner built into the data folder. */
async function startStandIns(options: SandboxOptions): Promise<{ github: FakeGitHub; aws: FakeAws; secrets: Secrets }> {
  const { dataDir, port, onGitHub } = options;
  const faults = faultSupply(options.faults);
  const supervisor = join(dataDir, "runner", "supervisor.mjs");
  const [distribution] = await Promise.all([
    buildStandIn(join(dataDir, "runner", "dist")),
    buildSupervisor(supervisor),
  ]);
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const permissions = await manifestPermissions();
  const webhookSecret = randomBytes(24).toString("hex");
  const webhookUrl = `http://127.0.0.1:${port}${webhookPath}`;
  const github = await startFakeGitHub({
    app: { id: appId, slug: "mayfly", publicKeyPem: publicKey, permissions, webhookSecret, webhookUrl },
    faults,
    timings: timing.githubTimings,
    ...(onGitHub === undefined ? {} : { onEvent: onGitHub }),
  });
  const aws = await startFakeAws({
    region,
    account,
    dataDir,
    faults,
    functions: {
      [functionName]: {
        memoryMb: 3008,
        timeoutMs: timing.lifetimeSeconds * 1000,
        tenancy: "PER_TENANT",
        command: { file: process.execPath, args: [supervisor] },
        env: { MAYFLY_RUNNER_DIST: distribution },
      },
    },
  });
  github.addInstallation({ account: options.account });
  return { github, aws, secrets: { appId, privateKey, webhookSecret } };
}

/** What the manifest asks for is what an installation of the sandbox grants. */
async function manifestPermissions(): Promise<Record<string, string>> {
  const manifest = parse(await readFile(join(import.meta.dirname, "../../../app.yml"), "utf8")) as {
    readonly default_permissions: Record<string, string>;
  };
  return manifest.default_permissions;
}
