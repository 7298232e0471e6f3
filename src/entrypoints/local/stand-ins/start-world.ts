import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { buildSupervisor } from "../../../../runner-image/build-supervisor.ts";
import { tableDefinition } from "../../../adapters/store/dynamodb/table-definition.ts";
import { startQueueAndTable } from "../../../sandbox/aws/queue-and-table.ts";
import type { QueueAndTable } from "../../../sandbox/aws/queue-and-table.ts";
import { startFakeAws } from "../../../sandbox/aws/start.ts";
import type { FakeAws } from "../../../sandbox/aws/start.ts";
import type { Fault } from "../../../sandbox/faults.ts";
import { faultSupply } from "../../../sandbox/faults.ts";
import { startFakeGitHub } from "../../../sandbox/github/start.ts";
import type { FakeGitHub } from "../../../sandbox/github/start.ts";
import { buildStandIn } from "../../../sandbox/runner/build.ts";
import type { Backend } from "../options.ts";
import { appId, awsAccount, ec2, functionName, region, sts } from "../sandbox-names.ts";
import * as timing from "../sandbox-timings.ts";
import { webhookPath } from "../webhook-path.ts";
import type { World } from "./world.ts";

export type WorldOptions = {
  /** Mayfly's server of 127.0.0.1, where webhooks go. */
  readonly port: number;
  /** Owner of the repositories that will be pushed: the App is installed there. */
  readonly account: string;
  readonly dataDir: string;
  readonly faults: readonly Fault[];
  /** What the App's registration holds. */
  readonly publicKey: string;
  readonly webhookSecret: string;
  readonly backend?: Backend | undefined;
};

export type StartedWorld = {
  readonly world: World;
  readonly github: FakeGitHub;
  readonly aws: FakeAws;
  readonly installationId: number;
  /** Of the functions, where Mayfly runs as it is deployed. */
  readonly queueAndTable: QueueAndTable | undefined;
};

/** Starts the stand-ins in this process, with the real supervisor and the stand-in runner built into the data folder. */
export async function startWorld(options: WorldOptions): Promise<StartedWorld> {
  const { dataDir, port, account, publicKey, webhookSecret } = options;
  const faults = faultSupply(options.faults);
  const supervisor = join(dataDir, "runner", "supervisor.mjs");
  const [distribution, permissions] = await Promise.all([
    buildStandIn(join(dataDir, "runner", "dist")),
    manifestPermissions(),
    buildSupervisor(supervisor),
  ]);
  const queueAndTable = options.backend === "aws-local" ? await startQueueAndTable(deployment) : undefined;
  const webhookUrl = `http://127.0.0.1:${port}${webhookPath}`;
  const github: FakeGitHub = await startFakeGitHub({
    app: { id: appId, slug: "mayfly", publicKeyPem: publicKey, permissions, webhookSecret, webhookUrl },
    faults,
    timings: timing.githubTimings,
    onEvent: (event) => {
      if (event.type !== "job" || event.action !== "in_progress") return;
      const { jobId, runnerName } = event;
      // A job that has run for a while, so that a person can see it run, and that still does.
      setTimeout(() => {
        const runs = github.jobs().some((job) => job.id === jobId && job.status === "in_progress");
        // GitHub's name of a runner ends in the number of its just-in-time config; the machine's tag does not
        if (runs && runnerName !== null) aws.jobStarted(runnerName.replace(/-\d+$/, ""));
      }, timing.spotStrikeMs).unref();
    },
  });
  const aws: FakeAws = await startFakeAws({
    region,
    account: awsAccount,
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
    onCloudEvent: (body) => queueAndTable?.announce(body),
    logGroups: [ec2.logGroup],
    sts: {
      callers: { sandbox: sts.caller },
      roles: { [sts.role]: { trusts: [sts.caller], mayTagSessions: true } },
    },
    ec2: {
      images: { [ec2.image]: { architecture: "x86_64", runnerDistribution: distribution } },
      subnets: Object.fromEntries(ec2.subnets.map(({ id, zone }) => [id, { zone }])),
      securityGroups: [ec2.securityGroup],
      roleName: ec2.role,
      launchTemplates: {
        [ec2.launchTemplate]: {
          id: ec2.launchTemplateId,
          versions: [{ imageId: ec2.image, securityGroupIds: [ec2.securityGroup], instanceProfile: ec2.role }],
        },
      },
      timings: { spotNoticeMs: timing.spotNoticeMs },
    },
  });
  const { id: installationId } = github.addInstallation({ account });
  return { world: worldOf(github, aws, queueAndTable), github, aws, installationId, queueAndTable };
}

const deployment = {
  region,
  account: awsAccount,
  name: "mayfly-sandbox",
  visibilitySeconds: timing.visibilitySeconds,
  maxReceiveCount: 16,
  table: tableDefinition,
};

function worldOf(github: FakeGitHub, aws: FakeAws, queueAndTable: QueueAndTable | undefined): World {
  return {
    look: async () => ({
      runs: github.runs().map(({ id, repositoryId, attempt, name, errors }) => ({ id, repositoryId, attempt, name, errors })), // prettier-ignore
      jobs: github
        .jobs()
        .map(({ id, name, labels, hosted, status, conclusion }) => ({ id, name, labels, hosted, status, conclusion })),
      runnersLeft: github.runners().length,
      machinesLeft: aws.machinesLeft(),
      launches: aws.launches(),
      githubIdle: github.idle(),
      githubCalls: github.calls(),
      awsCalls: aws.calls(),
      violations: github.violations(),
    }),
    checkRuns: async () => github.checkRuns(),
    push: async (request) => {
      const { runs } = await github.pushRepository(request);
      return runs.map(({ name, errors }) => ({ name, errors }));
    },
    openPullRequest: async (request) => {
      const { runs } = await github.openPullRequest(request);
      return runs.map(({ id, name, errors }) => ({ id, name, errors }));
    },
    assumedRoles: async () => aws.assumedRoles(),
    logFile: async (group, stream) => aws.logFile(group, stream),
    async stop() {
      await aws.close();
      await github.close();
      await queueAndTable?.close();
    },
  };
}

/** What the manifest asks for is what an installation of the sandbox grants. */
async function manifestPermissions(): Promise<Record<string, string>> {
  const manifest = parse(await readFile(join(import.meta.dirname, "../../../../app.yml"), "utf8")) as {
    readonly default_permissions: Record<string, string>;
  };
  return manifest.default_permissions;
}
