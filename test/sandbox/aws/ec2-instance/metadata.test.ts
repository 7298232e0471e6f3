import { verify, X509Certificate } from "node:crypto";
import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { instanceIdentity, type InstanceIdentity } from "../../../../src/sandbox/aws/ec2/instance/instance-identity.ts";
import type { InstanceOptions } from "../../../../src/sandbox/aws/ec2/instance/instance.ts";
import { metadataPaths } from "../../../../src/sandbox/aws/ec2/instance/metadata/metadata-paths.ts";
import {
  startMetadataServer,
  type MetadataServer,
} from "../../../../src/sandbox/aws/ec2/instance/metadata/metadata-server.ts";
import {
  roleCredentials,
  type RoleCredentials,
} from "../../../../src/sandbox/aws/ec2/instance/metadata/role-credentials.ts";

let identity: InstanceIdentity;
const servers: MetadataServer[] = [];

beforeAll(async () => {
  identity = await instanceIdentity();
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

type Answer = { readonly status: number; readonly text: string; readonly ttl: string | null };
type Metadata = {
  readonly url: string;
  readonly ask: (path: string, init?: RequestInit) => Promise<Answer>;
  readonly token: (seconds?: string) => Promise<string>;
  readonly get: (path: string) => Promise<Answer>;
  readonly interruptAt: (atMs: number) => void;
  readonly credentials: RoleCredentials;
};

const launchedAtMs = Date.parse("2026-11-22T10:11:12.345Z");

async function serve(more: Partial<InstanceOptions> = {}): Promise<Metadata> {
  const credentials = roleCredentials(21_600_000);
  let interruption: number | undefined;
  const options: InstanceOptions = {
    instanceId: "i-0123456789abcdef0",
    imageId: "ami-0123456789abcdef0",
    instanceType: "c7gn.large",
    region: "eu-central-1",
    zone: "eu-central-1a",
    account: "123456789012",
    privateIp: "10.1.2.3",
    market: "spot",
    userData: Buffer.from("#!/bin/bash\ntrue\n"),
    folder: "/nowhere",
    image: {},
    identity,
    awsUrl: "http://127.0.0.1:9",
    roleName: "runner-role",
    isolation: { kind: "processes", reason: "not started" },
    ...more,
  };
  const server = await startMetadataServer(metadataPaths(options, launchedAtMs, credentials, () => interruption));
  servers.push(server);
  const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(server.url + path, init);
    const ttl = response.headers.get("x-aws-ec2-metadata-token-ttl-seconds");
    return { status: response.status, text: await response.text(), ttl };
  };
  const token = async (seconds = "60"): Promise<string> => {
    const headers = { "X-aws-ec2-metadata-token-ttl-seconds": seconds };
    return (await ask("/latest/api/token", { method: "PUT", headers })).text;
  };
  return {
    url: server.url,
    ask,
    token,
    get: async (path) => await ask(`/latest/${path}`, { headers: { "X-aws-ec2-metadata-token": await token() } }),
    interruptAt: (atMs) => (interruption = atMs),
    credentials,
  };
}

describe("tokens", () => {
  test.each(["1", "21600"])("are given for %s seconds", async (seconds) => {
    const { ask } = await serve();
    const headers = { "X-aws-ec2-metadata-token-ttl-seconds": seconds };
    const answer = await ask("/latest/api/token", { method: "PUT", headers });
    expect(answer).toEqual({ status: 200, text: expect.stringMatching(/^\S{56}$/), ttl: seconds });
  });

  test.each(["0", "21601", "-1", "1.5", "ten", ""])("are not given for %j seconds", async (seconds) => {
    const { ask } = await serve();
    const headers = { "X-aws-ec2-metadata-token-ttl-seconds": seconds };
    expect((await ask("/latest/api/token", { method: "PUT", headers })).status).toBe(400);
  });

  test("are not given without a time, by another method, or through a proxy", async () => {
    const { ask } = await serve();
    const headers = { "X-aws-ec2-metadata-token-ttl-seconds": "60" };
    expect((await ask("/latest/api/token", { method: "PUT" })).status).toBe(400);
    expect((await ask("/latest/api/token", { headers })).status).toBe(405);
    expect((await ask("/latest/api/token", { method: "POST", headers })).status).toBe(405);
    const proxied = { ...headers, "X-Forwarded-For": "10.0.0.1" };
    expect((await ask("/latest/api/token", { method: "PUT", headers: proxied })).status).toBe(403);
  });

  test.each(["/", "/latest/", "/latest/meta-data/instance-id", "/latest/user-data", "/nothing"])(
    "are wanted for %s",
    async (path) => {
      const { ask } = await serve();
      const other = await (await serve()).token();
      expect((await ask(path)).status).toBe(401);
      expect((await ask(path, { headers: { "X-aws-ec2-metadata-token": "made-up==" } })).status).toBe(401);
      expect((await ask(path, { headers: { "X-aws-ec2-metadata-token": other } })).status).toBe(401);
    },
  );

  test("end with their time, which each answer says", async () => {
    const { ask, token } = await serve();
    const nowMs = Date.now();
    const clock = jest.spyOn(Date, "now").mockReturnValue(nowMs);
    const headers = { "X-aws-ec2-metadata-token": await token("60") };
    clock.mockReturnValue(nowMs + 59_000);
    expect(await ask("/latest/meta-data/instance-id", { headers })).toMatchObject({ status: 200, ttl: "1" });
    clock.mockReturnValue(nowMs + 60_000);
    expect((await ask("/latest/meta-data/instance-id", { headers })).status).toBe(401);
  });
});

describe("what it says", () => {
  test.each([
    ["meta-data/instance-id", "i-0123456789abcdef0"],
    ["meta-data/ami-id", "ami-0123456789abcdef0"],
    ["meta-data/instance-type", "c7gn.large"],
    ["meta-data/local-ipv4", "10.1.2.3"],
    ["meta-data/hostname", "ip-10-1-2-3.eu-central-1.compute.internal"],
    ["meta-data/instance-life-cycle", "spot"],
    ["meta-data/placement/region", "eu-central-1"],
    ["meta-data/placement/availability-zone", "eu-central-1a"],
    ["meta-data/services/domain", "amazonaws.com"],
    ["meta-data/iam/security-credentials/", "runner-role"],
    ["meta-data/iam/security-credentials", "runner-role"],
    ["meta-data/placement/", "availability-zone\nregion"],
    ["", "dynamic/\nmeta-data/\nuser-data"],
    ["user-data", "#!/bin/bash\ntrue\n"],
  ])("%s", async (path, text) => {
    const { get } = await serve();
    expect(await get(path)).toMatchObject({ status: 200, text });
  });

  test("is read by date as well, and nothing else is there", async () => {
    const { ask, get, token } = await serve();
    const headers = { "X-aws-ec2-metadata-token": await token() };
    expect((await ask("/2021-07-15/meta-data/instance-id", { headers })).text).toBe("i-0123456789abcdef0");
    expect((await get("meta-data/instance")).status).toBe(404);
    expect((await get("meta-data/iam/security-credentials/other-role")).status).toBe(404);
    expect((await ask("/meta-data/instance-id", { headers })).status).toBe(404);
    expect((await ask("/latest/meta-data/instance-id", { method: "POST", headers })).status).toBe(405);
  });

  test("user data is what was given, byte for byte", async () => {
    const userData = gzipSync("#!/bin/bash\ntrue\n");
    const { ask, token, url } = await serve({ userData });
    const headers = { "X-aws-ec2-metadata-token": await token() };
    const response = await fetch(`${url}/latest/user-data`, { headers });
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(Buffer.from(await response.arrayBuffer())).toEqual(userData);
    expect(await ask("/latest/user-data", { method: "HEAD", headers })).toMatchObject({ status: 200, text: "" });
  });

  test("without a role and without user data there is neither", async () => {
    const { get } = await serve({ roleName: undefined, userData: Buffer.alloc(0) });
    expect((await get("meta-data/iam/security-credentials/")).status).toBe(404);
    expect((await get("user-data")).status).toBe(404);
    expect((await get("")).text).toBe("dynamic/\nmeta-data/");
  });

  test("us-east-1 and China are named as they are there", async () => {
    const virginia = await serve({ region: "us-east-1" });
    expect((await virginia.get("meta-data/hostname")).text).toBe("ip-10-1-2-3.ec2.internal");
    const beijing = await serve({ region: "cn-north-1" });
    expect((await beijing.get("meta-data/services/domain")).text).toBe("amazonaws.com.cn");
  });

  test("a path that is no path does no harm", async () => {
    await serve();
    const { port } = new URL(servers[0]?.url ?? "");
    const status = await new Promise((resolve, reject) => {
      request({ port, host: "127.0.0.1", path: "//" }, (response) => resolve(response.statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(401);
  });
});

describe("a spot interruption", () => {
  test("is announced, with its time, only when there is one", async () => {
    const { get, interruptAt } = await serve();
    expect((await get("meta-data/spot/instance-action")).status).toBe(404);
    expect((await get("meta-data/spot/termination-time")).status).toBe(404);
    expect((await get("meta-data/")).text).not.toContain("spot");
    interruptAt(Date.parse("2026-11-22T10:20:30.900Z"));
    const action = await get("meta-data/spot/instance-action");
    expect(action.status).toBe(200);
    expect(JSON.parse(action.text)).toEqual({ action: "terminate", time: "2026-11-22T10:20:30Z" });
    expect((await get("meta-data/spot/termination-time")).text).toBe("2026-11-22T10:20:30Z");
    expect((await get("meta-data/")).text).toContain("spot/");
  });
});

describe("the role's credentials", () => {
  test("are temporary, and known afterwards by their access key", async () => {
    const { get, credentials } = await serve();
    const given = JSON.parse((await get("meta-data/iam/security-credentials/runner-role")).text) as Record<
      string,
      string
    >;
    expect(given).toEqual({
      Code: "Success",
      Type: "AWS-HMAC",
      LastUpdated: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      SecretAccessKey: expect.stringMatching(/^.{40}$/),
      Token: expect.stringMatching(/^.{400}$/),
    });
    expect(Date.parse(given["Expiration"] ?? "") - Date.parse(given["LastUpdated"] ?? "")).toBe(21_600_000);
    expect(credentials.find(given["AccessKeyId"] ?? "")).toMatchObject({
      secretAccessKey: given["SecretAccessKey"],
      sessionToken: given["Token"],
    });
    expect(credentials.find("ASIAOTHER")).toBeUndefined();
  });

  test("stay the same until shortly before they end; the old ones stay known", () => {
    const clock = jest.spyOn(Date, "now").mockReturnValue(1_000_000);
    const credentials = roleCredentials(3_600_000);
    const first = credentials.current();
    clock.mockReturnValue(1_000_000 + 3_300_000);
    expect(credentials.current()).toBe(first);
    clock.mockReturnValue(1_000_000 + 3_300_001);
    const second = credentials.current();
    expect(second.accessKeyId).not.toBe(first.accessKeyId);
    expect(second.expiresAtMs).toBe(1_000_000 + 3_300_001 + 3_600_000);
    expect(credentials.find(first.accessKeyId)).toBe(first);
  });
});

describe("the identity document", () => {
  test("is AWS's, to the space", async () => {
    const { get } = await serve();
    expect((await get("dynamic/instance-identity/document")).text).toBe(
      `{
  "accountId" : "123456789012",
  "architecture" : "arm64",
  "availabilityZone" : "eu-central-1a",
  "billingProducts" : null,
  "devpayProductCodes" : null,
  "marketplaceProductCodes" : null,
  "imageId" : "ami-0123456789abcdef0",
  "instanceId" : "i-0123456789abcdef0",
  "instanceType" : "c7gn.large",
  "kernelId" : null,
  "pendingTime" : "2026-11-22T10:11:12Z",
  "privateIp" : "10.1.2.3",
  "ramdiskId" : null,
  "region" : "eu-central-1",
  "version" : "2017-09-30"
}`,
    );
  });

  test.each([
    ["t4g.nano", "arm64"],
    ["a1.large", "arm64"],
    ["m6gd.large", "arm64"],
    ["c7i.large", "x86_64"],
    ["g4dn.xlarge", "x86_64"],
    ["u7i-12tb.224xlarge", "x86_64"],
  ])("on %s the architecture is %s", async (instanceType, architecture) => {
    const { get } = await serve({ instanceType });
    expect(JSON.parse((await get("dynamic/instance-identity/document")).text)).toMatchObject({ architecture });
  });

  test("is signed: the certificate's key proves it, and a changed document not", async () => {
    const { get } = await serve();
    const document = (await get("dynamic/instance-identity/document")).text;
    const signature = (await get("dynamic/instance-identity/signature")).text;
    const lines = signature.split("\n");
    expect(lines.length).toBeGreaterThan(1);
    expect(Math.max(...lines.map((line) => line.length))).toBe(76);
    const { publicKey } = new X509Certificate(identity.certificatePem);
    const proves = (text: string): boolean =>
      verify("RSA-SHA256", Buffer.from(text), publicKey, Buffer.from(signature.replaceAll("\n", ""), "base64"));
    expect(proves(document)).toBe(true);
    expect(proves(document.replace("i-0", "i-1"))).toBe(false);
    expect(proves(`${document}\n`)).toBe(false);
  });

  test("the certificate is self-signed X.509, valid now, and of one fake EC2 only", async () => {
    const certificate = new X509Certificate(identity.certificatePem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe(certificate.issuer);
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 300 * 86_400_000);
    const other = new X509Certificate((await instanceIdentity()).certificatePem);
    expect(certificate.verify(other.publicKey)).toBe(false);
    expect(other.serialNumber).not.toBe(certificate.serialNumber);
  });
});
