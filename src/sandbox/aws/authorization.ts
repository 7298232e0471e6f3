import type { IncomingMessage } from "node:http";
import { AwsError } from "./aws-error.ts";

const form =
  /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request, ?SignedHeaders=[^,]+, ?Signature=[0-9a-f]{64}$/;

/**
 * Wants a Signature Version 4 header for this region and one of these services (the sandbox knows no secret keys, so
 * that the signature itself is not recomputed); returns the service that it is for.
 */
export function authorize<Service extends string>(
  request: IncomingMessage,
  region: string,
  services: readonly Service[],
): Service {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw new AwsError(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const scope = form.exec(header)?.groups;
  if (scope === undefined) {
    throw new AwsError(403, "IncompleteSignatureException", "Authorization header requires a Credential and Signature");
  }
  if (scope["region"] !== region) {
    throw new AwsError(403, "InvalidSignatureException", `Credential should be scoped to a valid region: ${region}`);
  }
  const service = services.find((name) => name === scope["service"]);
  if (service === undefined) {
    throw new AwsError(403, "InvalidSignatureException", `Credential should be scoped to: ${services.join(", ")}`);
  }
  return service;
}
