import { readFile } from "node:fs/promises";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { DescribeContinuousBackupsCommand, DescribeTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { DescribeSecurityGroupsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../src/adapters/clock.ts";
import { ec2Provider } from "../../src/adapters/compute/ec2/ec2.ts";
import { ssmPolicy } from "../../src/adapters/policy/ssm-policy.ts";
import { sqsQueue } from "../../src/adapters/queue/sqs.ts";
import { secretsManagerSource } from "../../src/adapters/secrets/secrets-manager-source.ts";
import { dynamodbStore } from "../../src/adapters/store/dynamodb.ts";
import { yamlReader } from "../../src/adapters/yaml/yaml-reader.ts";
import { everything } from "../../src/core/model/indexes.ts";
import type { Candidate } from "../../src/core/model/machine.ts";
import type { Log } from "../../src/core/ports.ts";
import { deploymentOf, vaultOf } from "../../src/entrypoints/cli/secret/deployment.ts";
import { NotDone } from "../../src/entrypoints/cli/secret/not-done.ts";
import type { Outside } from "../../src/entrypoints/cli/secret/outside.ts";
import { stackOutputs } from "../../src/entrypoints/cli/secret/stack-outputs.ts";
import { readCoreSettings } from "../../src/entrypoints/lambda/settings/core-settings.ts";
import type { CoreSettings } from "../../src/entrypoints/lambda/settings/core-settings.ts";
import { readEnvironment } from "../../src/entrypoints/lambda/settings/environment.ts";
import { launchRequest } from "../contract/compute-provider.ts";
import { clientOf } from "../helpers/dynalite-table.ts";
import { machineSpec } from "../helpers/machine-spec.ts";
import { jobRecord } from "../helpers/records.ts";
import { virtualClock } from "../helpers/virtual-clock.ts";
import { apiUrl, deployStack } from "./deployed-stack.ts";
import type { WorkerEnvironment } from "./deployed-stack.ts";
import { ec2Machine } from "./ec2-machine.ts";
import type { Ec2Machine } from "./ec2-machine.ts";
import { given, newName, reach } from "./moto.ts";
import { notKept } from "./not-kept.ts";
import { sqsClientAt } from "./sqs-client.ts";

const stage = newName("t");
const outside: Outside = {
  clock: systemClock,
  sleep: async () => {},
  randomHex: (bytes) => "0".repeat(2 * bytes),
  cloudFormation: new CloudFormationClient(reach()),
  secretsManager: new SecretsManagerClient(reach()),
  ssm: new SSMClient(reach()),
};
const ec2 = new EC2Client(reach());
const dynamodb = clientOf(reach().endpoint);

let environment: WorkerEnvironment;
let settings: CoreSettings;
beforeAll(async () => {
  environment = await deployStack(stage);
  settings = readEnvironment(environment, readCoreSettings);
});
afterAll(() => {
  for (const client of [outside.cloudFormation, outside.secretsManager, outside.ssm, ec2, dynamodb]) client.destroy();
});

describe("what npx mayfly reads of a stack", () => {
  test("are its outputs", async () => {
    expect(await stackOutputs(outside.cloudFormation, stage)).toMatchObject({
      WebhookUrl: `${apiUrl}/api/github/webhooks`,
      SecretName: expect.stringMatching(/^arn:aws:secretsmanager:/),
      PolicyParameter: `/mayfly/${stage}/policy`,
      WorkQueueUrl: environment["MAYFLY_QUEUE_URL"],
      DeadLetterQueueUrl: environment["MAYFLY_DEAD_LETTER_QUEUE_URL"],
      TableName: environment["MAYFLY_TABLE"],
    });
  });

  test("is none for a stage that was not deployed here, which it says", async () => {
    const error: unknown = await stackOutputs(outside.cloudFormation, "none").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NotDone);
    const far = new CloudFormationClient(reach("us-west-2"));
    const words = "there is no such stack in this account and region. Deploy it first, choose another --region";
    expect(String(error)).toContain(`the stack mayfly-none cannot be read: ${words}`);
    await expect(stackOutputs(far, stage)).rejects.toThrow(words);
    far.destroy();
  });

  test("leads to the secret that the functions read, and to where GitHub delivers", async () => {
    const { vault, webhookUrl } = await deploymentOf({ stage }, outside);
    expect(webhookUrl).toBe(`${apiUrl}/api/github/webhooks`);
    await vault.write("one", await vault.state());
    expect(settings.secret.service).toBe("secretsmanager");
    expect(await secretsManagerSource(outside.secretsManager, settings.secret.id).read()).toBe("one");
    expect((await (await vaultOf({ stage }, outside)).state()).text).toBe("one");
  });
});

describe("what serverless.yml makes, through the worker's variables", () => {
  test("the table: a record is kept, and found by an index", async () => {
    const { jobs } = dynamodbStore({ client: dynamodb, table: settings.table, clock: virtualClock() });
    const job = jobRecord(1);
    expect([await jobs.write(job), await jobs.write(job)]).toEqual([true, false]);
    expect(await jobs.list({ index: "unstarted", key: everything })).toEqual([job]);
  });

  test("the queue: hidden for 150 s, and among the dead letters after 16 receives", async () => {
    const clock = virtualClock();
    const client = sqsClientAt(clock);
    const deadLetterQueueUrl = given(environment["MAYFLY_DEAD_LETTER_QUEUE_URL"], "queue");
    const queue = sqsQueue({ client, queueUrl: settings.queueUrl, deadLetterQueueUrl, waitSeconds: 0 });
    await queue.send([{ message: { kind: "wake", jobId: 1 }, group: "71" }]);
    for (let receives = 1; receives <= 16; receives += 1) {
      expect((await queue.receive(10)).map((one) => one.receives)).toEqual([receives]);
      clock.advance(149);
      expect(await queue.receive(10)).toEqual([]);
      clock.advance(1);
    }
    expect([await queue.receive(10), await queue.size()]).toEqual([[], 0]);
    expect((await queue.deadLetters()).map(({ message }) => message)).toEqual([{ kind: "wake", jobId: 1 }]);
    client.destroy();
  });

  test("the parameter: the operator's policy.yml, which serves nobody as it comes", async () => {
    const silent = (): void => {};
    const log: Log = { debug: silent, info: silent, warn: silent, error: silent };
    const parameter = settings.policyParameter;
    const policy = ssmPolicy({ client: outside.ssm, parameter, yaml: yamlReader(), clock: systemClock, log });
    expect(await policy.read()).toMatchObject({ installations: [], forkPullRequests: "deny" });
  });

  test("the launch template and its network: a machine of this stack that nobody can reach", async () => {
    const { instance, tags, shutdown, candidate } = await launched("mayfly-1-1");
    expect([instance.SubnetId, instance.Placement?.AvailabilityZone]).toEqual([candidate.subnet, candidate.zone]);
    expect([tags, shutdown]).toMatchObject([
      { "mayfly:stack": settings.stack, "mayfly:runner": "mayfly-1-1" },
      "terminate",
    ]);
    const GroupIds = instance.SecurityGroups?.map(({ GroupId = "" }) => GroupId);
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds }));
    expect(SecurityGroups?.map(({ GroupName, IpPermissions }) => [GroupName, IpPermissions])).toEqual([
      [expect.stringContaining("MachineSecurityGroup"), []],
    ]);
  });
});

/** A machine on demand, as the worker's settings have it made. */
async function launched(runnerName: string): Promise<Ec2Machine & { readonly candidate: Candidate }> {
  const { stack, region } = settings;
  const script = await readFile(new URL("../../ec2-bootstrap/user-data.sh", import.meta.url), "utf8");
  const fromStack = given(settings.ec2, "settings for EC2");
  const provider = ec2Provider({ ...fromStack, region, stack, clients: () => ec2, userData: { script } });
  const spec = machineSpec({ spot: "never" });
  const candidate = given(provider.candidates?.(spec)[0], "candidate");
  const { machineId = "" } = await provider.launch(launchRequest({ spec, candidate, region, runnerName }));
  return { ...(await ec2Machine(ec2, machineId)), candidate };
}

notKept("the instance profile of a launch template", undefined, async () => {
  return (await launched("mayfly-2-1")).instance.IamInstanceProfile?.Arn;
});

notKept("expiry and point-in-time recovery of a table in a template", ["DISABLED", "DISABLED"], async () => {
  const TableName = settings.table;
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  const { ContinuousBackupsDescription } = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName }));
  const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
  return [TimeToLiveDescription?.TimeToLiveStatus, recovery];
});
