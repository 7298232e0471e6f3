import { createSign, KeyObject, randomBytes, webcrypto } from "node:crypto";
import { AttributeTypeAndValue, Certificate, CryptoEngine, Time } from "pkijs";
import { Integer, PrintableString } from "asn1js";

/** What signs the identity documents of all instances of a fake EC2, as AWS's own key does for a region. */
export type InstanceIdentity = {
  /** Self-signed X.509 with the public key. */
  readonly certificatePem: string;
  /** RSA-SHA256 over exactly this text, base64. */
  sign(document: string): string;
};

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const dayMs = 86_400_000;
const countryName = "2.5.4.6";
const organizationName = "2.5.4.10";

/** Makes a new RSA key of 2048 bits and its certificate, which is valid from yesterday for a year. */
export async function instanceIdentity(): Promise<InstanceIdentity> {
  const keys = await webcrypto.subtle.generateKey(
    { ...algorithm, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  const key = KeyObject.from(keys.privateKey);
  return {
    certificatePem: pem(await certificate(keys)),
    sign: (document) => createSign("RSA-SHA256").update(document, "utf8").sign(key, "base64"),
  };
}

async function certificate(keys: webcrypto.CryptoKeyPair): Promise<ArrayBuffer> {
  const engine = new CryptoEngine({ name: "node", crypto: webcrypto });
  const made = new Certificate();
  made.version = 2;
  const serial = randomBytes(8);
  // positive and without leading zeros, as DER wants integers
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  made.serialNumber = new Integer({ valueHex: new Uint8Array(serial).buffer });
  for (const name of [made.issuer, made.subject]) {
    name.typesAndValues.push(
      new AttributeTypeAndValue({ type: countryName, value: new PrintableString({ value: "US" }) }),
      new AttributeTypeAndValue({
        type: organizationName,
        value: new PrintableString({ value: "Mayfly sandbox (stand-in for Amazon Web Services)" }),
      }),
    );
  }
  made.notBefore = new Time({ value: new Date(Date.now() - dayMs) });
  made.notAfter = new Time({ value: new Date(Date.now() + 365 * dayMs) });
  await made.subjectPublicKeyInfo.importKey(keys.publicKey, engine);
  await made.sign(keys.privateKey, "SHA-256", engine);
  return made.toSchema(true).toBER(false);
}

function pem(der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
