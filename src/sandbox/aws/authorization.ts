import type { IncomingMessage } from "node:http";
import { AwsError } from "./aws-error.ts";
import { signatureOf, type SigningScope } from "./signature.ts";

/** What is known of an access key that the sandbox gave out. */
export type KnownKey = {
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAtMs: number;
};

export type KnownKeys = { find(accessKeyId: string): KnownKey | undefined };

export type Expected = {
  readonly region: string;
  readonly service: string;
  /** The request's body, whole; undefined where it is not: then its signature is not looked at. */
  readonly body: Buffer | undefined;
  /** Keys that were given out here. Other ones are everybody's: the sandbox does not know their secrets. */
  readonly keys: KnownKeys | undefined;
};

const form =
  /^AWS4-HMAC-SHA256 Credential=(?<accessKeyId>[^/]+)\/(?<date>\d{8})\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request, ?SignedHeaders=(?<names>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/;

/**
 * Wants a Signature Version 4 header for this region and service and returns its access key id. Of a key that the
 * sandbox gave out, token, time and signature must be right as well. Throws an `AwsError` with one of the codes that
 * most services have; EC2 and STS have names of their own for them.
 */
export function authorize(request: IncomingMessage, { region, service, body, keys }: Expected): string {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new AwsError(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const found = form.exec(header)?.groups;
  if (found === undefined) {
    throw new AwsError(403, "IncompleteSignatureException", "Authorization header requires a Credential and Signature");
  }
  if (found["region"] !== region) {
    throw new AwsError(403, "InvalidSignatureException", `Credential should be scoped to a valid region: ${region}`);
  }
  if (found["service"] !== service) {
    throw new AwsError(403, "InvalidSignatureException", `Credential should be scoped to: ${service}`);
  }
  const { accessKeyId = "", date = "", names = "", signature } = found;
  const key = keys?.find(accessKeyId);
  if (key !== undefined) {
    const scope = { accessKeyId, date, region, service, signedHeaders: names.split(";") };
    check(request, body, scope, { key, signature });
  }
  return accessKeyId;
}

function check(
  request: IncomingMessage,
  body: Buffer | undefined,
  scope: SigningScope,
  { key, signature }: { readonly key: KnownKey; readonly signature: string | undefined },
): void {
  if (request.headers["x-amz-security-token"] !== key.sessionToken) {
    const message = "The security token included in the request is invalid.";
    throw new AwsError(403, "UnrecognizedClientException", message);
  }
  if (Date.now() >= key.expiresAtMs) {
    throw new AwsError(403, "ExpiredTokenException", "The security token included in the request is expired");
  }
  if (body !== undefined && signatureOf(request, body, scope, key.secretAccessKey) !== signature) {
    const message =
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access " +
      "Key and signing method. Consult the service documentation for details.";
    throw new AwsError(403, "InvalidSignatureException", message);
  }
}
