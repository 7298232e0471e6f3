import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { errorOf } from "../ec2/rig.ts";
import { deploy, keys, long, region, startRig } from "./rig.ts";
import type { Rig } from "./rig.ts";

type Identity = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
type Call = (credentials: Identity) => Promise<unknown>;

let rig: Rig;
beforeAll(async () => {
  const command = { file: process.execPath, args: ["-e", ""] };
  rig = await startRig({
    functions: { "runner (1)": { memoryMb: 128, timeoutMs: 1000, command, env: {} } },
    ec2: { images: {}, subnets: {}, securityGroups: [], launchTemplates: {} },
  });
});
afterAll(async () => {
  await rig.close();
});
afterEach(() => {
  jest.restoreAllMocks();
});

async function assumed(): Promise<Identity> {
  const input = { RoleArn: deploy, RoleSessionName: "job-1", DurationSeconds: 900 };
  const { Credentials } = await rig.clientOf(keys.worker).send(new AssumeRoleCommand(input));
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

const place = (credentials: Identity) => ({ region, endpoint: rig.aws.url, maxAttempts: 1, credentials });
let groups = 0;
/** A call of each service, and its words for a wrong token, a wrong secret and a token that has expired. */
const services: readonly (readonly [string, Call, string, string, string])[] = [
  [
    "STS",
    async (credentials) => await new STSClient(place(credentials)).send(new GetCallerIdentityCommand()),
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
  ],
  [
    "EC2",
    async (credentials) => await new EC2Client(place(credentials)).send(new DescribeInstancesCommand()),
    "AuthFailure",
    "AuthFailure",
    "RequestExpired",
  ],
  [
    "Lambda",
    async (credentials) =>
      await new LambdaClient(place(credentials)).send(
        // a path and a query that must be encoded
        new InvokeCommand({ FunctionName: "runner (1)", InvocationType: "DryRun", Qualifier: "$LATEST" }),
      ),
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
  ],
  [
    "CloudWatch Logs",
    async (credentials) => {
      groups += 1;
      const logGroupName = `/group/${groups}`;
      return await new CloudWatchLogsClient(place(credentials)).send(new CreateLogGroupCommand({ logGroupName }));
    },
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
  ],
];

describe.each(services)("credentials at %s", (_, call, wrongToken, wrongSecret, expired) => {
  test("of a role are good", async () => {
    await expect(call(await assumed())).resolves.toBeDefined();
  });

  test("of a role are good only as a whole", async () => {
    const good = await assumed();
    const other = await assumed();
    expect((await errorOf(call({ ...good, sessionToken: other.sessionToken }))).name).toBe(wrongToken);
    expect((await errorOf(call({ ...good, sessionToken: "" }))).name).toBe(wrongToken);
    expect((await errorOf(call({ ...good, secretAccessKey: other.secretAccessKey }))).name).toBe(wrongSecret);
    expect((await errorOf(call({ ...good, accessKeyId: other.accessKeyId }))).name).toBe(wrongToken);
  });

  test("of a role are good as long as was said", async () => {
    const nowMs = Date.now();
    const credentials = await assumed();
    const clock = jest.spyOn(Date, "now");
    clock.mockReturnValue(nowMs + 895_000);
    await expect(call(credentials)).resolves.toBeDefined();
    clock.mockReturnValue(nowMs + 901_000);
    expect((await errorOf(call(credentials))).name).toBe(expired);
  });

  test("whose secret the sandbox does not know are taken as they are", async () => {
    const unknown = { accessKeyId: keys.worker, secretAccessKey: "anything", sessionToken: "" };
    await expect(call(unknown)).resolves.toBeDefined();
  });
});

test("a role's session is who its credentials say, and no more may be assumed with them than it is trusted with", async () => {
  const credentials = await assumed();
  const client = new STSClient(place(credentials));
  const { Arn } = await client.send(new GetCallerIdentityCommand());
  expect(Arn).toBe("arn:aws:sts::123456789012:assumed-role/deploy/job-1");
  const chained = client.send(new AssumeRoleCommand({ RoleArn: long, RoleSessionName: "job-1" }));
  expect(await errorOf(chained)).toMatchObject({ name: "AccessDenied" });
});

test("a body that was changed on its way is refused", async () => {
  const client = new STSClient(place(await assumed()));
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { body: string };
      request.body = request.body.replace("job-1", "job-2");
      return await next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  const call = client.send(new AssumeRoleCommand({ RoleArn: deploy, RoleSessionName: "job-1" }));
  expect(await errorOf(call)).toMatchObject({ name: "SignatureDoesNotMatch" });
});
