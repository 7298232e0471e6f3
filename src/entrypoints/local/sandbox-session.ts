import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { systemClock } from "../../adapters/clock.ts";
import { pinoLog } from "../../adapters/log/pino-log.ts";
import { policyFile, policySource } from "../../adapters/policy/policy-file.ts";
import { yamlReader } from "../../adapters/yaml/yaml-reader.ts";
import type { PolicySource } from "../../core/ports.ts";
import type { Settings } from "../../core/settings.ts";
import { composeLocal } from "../compose/local.ts";
import type { LocalOutside, Mayfly } from "../compose/local.ts";
import { appId, awsAccount, databaseName, ec2, functionName, region } from "./sandbox-names.ts";
import * as timing from "./sandbox-timings.ts";
import { startServer } from "./server.ts";
import type { Session } from "./stand-ins/session.ts";
import type { World } from "./stand-ins/world.ts";
import { startSchedule, startWorker } from "./worker-loop.ts";

export type SandboxOptions = {
  readonly world: World;
  /** Where the world is and what was agreed with it. */
  readonly session: Pick<
    Session,
    "port" | "githubUrl" | "awsUrl" | "instanceCertificate" | "privateKey" | "webhookSecret" | "hostKey"
  >;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly settings?: Partial<Settings>;
  /** An operator's `policy.yml`; without one forks and public repositories get no machines, and everything else is open. */
  readonly policyFile?: string | undefined;
};

/** Mayfly in this process, beside stand-ins for GitHub and AWS on 127.0.0.1. */
export type Sandbox = {
  readonly world: World;
  readonly mayfly: Pick<Mayfly, "store" | "queue" | "close">;
  readonly settings: Pick<Settings, "labelPrefix">;
  /** Ends Mayfly's own work first, then the machines and the stand-ins, then the server. */
  stop(): Promise<void>;
};

const userDataFile = join(import.meta.dirname, "../../../ec2-bootstrap/user-data.sh");

/** What an operator would choose for machines in the sandbox's account. */
function ec2Settings(script: string, certificate: string): LocalOutside["aws"]["ec2"] {
  const { stack, launchTemplate, subnets, logGroup } = ec2;
  const { pollSeconds, shipSeconds, lifetimeSeconds, instanceClaimWithinSeconds } = timing;
  return {
    stack,
    regions: {
      [region]: {
        launchTemplate: { name: launchTemplate, version: "$Latest" },
        subnets,
        logGroup,
        certificates: [certificate],
      },
    },
    account: awsAccount,
    userData: { script, pollSeconds, shipSeconds },
    claimWithinSeconds: instanceClaimWithinSeconds,
    lifetimeSeconds,
    usualStartSeconds: 30,
  };
}

/** An operator's policy names real installations and regions: in the sandbox everything else of it can be tried. */
function anywhere(source: PolicySource): PolicySource {
  return { read: async () => ({ ...(await source.read()), installations: undefined, regions: undefined }) };
}

/** Starts Mayfly in a world, whether it is new or another process had it; resolves when webhooks are served. */
export async function startSandbox({ world, session, dataDir, logger, ...given }: SandboxOptions): Promise<Sandbox> {
  const { port, githubUrl, awsUrl, privateKey, webhookSecret, hostKey } = session;
  const settings: Settings = {
    labelPrefix: "mayfly",
    installations: undefined,
    hostUrl: `http://127.0.0.1:${port}`,
    region,
    caps: { total: 100, executions: {}, repository: undefined },
    timings: timing.sandboxTimings,
    ...given.settings,
  };
  const { claimWithinSeconds, lifetimeSeconds, visibilitySeconds } = timing;
  const log = pinoLog(logger);
  const seen = { yaml: yamlReader(), clock: systemClock, log };
  const policy = anywhere(
    await (given.policyFile === undefined
      ? policySource({ ...seen, name: "the sandbox's policy", read: async () => "" })
      : policyFile(given.policyFile, seen)),
  );
  const mayfly = composeLocal({
    log,
    settings,
    policy,
    visibilitySeconds,
    databaseFile: join(dataDir, databaseName),
    hostKey: Buffer.from(hostKey, "hex"),
    github: { appId, privateKey, baseUrl: githubUrl },
    aws: {
      endpoint: awsUrl,
      lambda: { functions: [{ functionName, memoryMb: 3008, arch: "x64" }], claimWithinSeconds, lifetimeSeconds },
      ec2: ec2Settings(await readFile(userDataFile, "utf8"), session.instanceCertificate),
    },
  });
  const app = { appId, privateKey, webhookSecret };
  const server = await startServer(mayfly.app, { ...app, port, githubUrl, logger }).catch((error: unknown) => {
    mayfly.close();
    throw error;
  });
  const loops = [
    startWorker(mayfly.app, mayfly.queue, log),
    startSchedule(mayfly.app, "local", timing.scheduleEveryMs, log),
  ];
  return {
    world,
    mayfly,
    settings,
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      try {
        await world.stop();
      } finally {
        await server.close();
        mayfly.close();
      }
    },
  };
}
