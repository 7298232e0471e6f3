import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { AwsError } from "../aws-error.ts";
import type { LambdaEvent } from "./function.ts";
import type { RunningFunction } from "./run-function.ts";

/** Largest payload of an asynchronous invocation, API reference of 2026. */
export const mostPayloadBytes = 1024 * 1024;

const tenantForm = /^[\w.:/=+\-@ ]{1,256}$/;

export type Invoke = {
  /** Name or ARN, as it stands in the request's path. */
  readonly functionName: string;
  readonly qualifier: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly payload: Buffer;
  readonly payloadTooLarge: boolean;
};

/** The path of Lambda's Invoke; undefined for every other one. */
export function invokePath(
  url: string,
): { readonly functionName: string; readonly qualifier: string | undefined } | undefined {
  const { pathname, searchParams } = new URL(url, "http://lambda");
  const [, encoded] = /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?$/.exec(pathname) ?? [];
  if (encoded === undefined) return undefined;
  const named = decodeURIComponent(encoded);
  const [, name = named, version] = /^(?:arn:[^:]+:lambda:[^:]+:\d+:function:)?([^:]+)(?::([^:]+))?$/.exec(named) ?? [];
  return { functionName: name, qualifier: searchParams.get("Qualifier") ?? version };
}

/**
 * Checks an Invoke as Lambda does and returns what is to be delivered: an event, or undefined for a dry run. Throws
 * an `AwsError`.
 */
export function readInvoke(
  invoke: Invoke,
  functions: ReadonlyMap<string, RunningFunction>,
  place: { readonly region: string; readonly account: string },
): LambdaEvent | undefined {
  const { functionName, qualifier, headers } = invoke;
  const target = functions.get(functionName);
  if (target === undefined || (qualifier ?? "$LATEST") !== "$LATEST") {
    const version = qualifier === undefined ? "" : `:${qualifier}`;
    const arn = `arn:aws:lambda:${place.region}:${place.account}:function:${functionName}${version}`;
    throw new AwsError(404, "ResourceNotFoundException", `Function not found: ${arn}`, { fields: { Type: "User" } });
  }
  const type = one(headers["x-amz-invocation-type"]) ?? "RequestResponse";
  if (!["Event", "DryRun", "RequestResponse"].includes(type)) throw invalid(`Unknown invocation type: ${type}`);
  const tenant = readTenant(one(headers["x-amz-tenant-id"]), target.settings.tenancy === "PER_TENANT");
  if (type === "DryRun") return undefined;
  if (type === "RequestResponse") throw invalid("Synchronous invocation is not in the sandbox: use the type Event.");
  return { requestId: randomUUID(), functionName, tenant, body: readPayload(invoke), acceptedAtMs: Date.now() };
}

function readTenant(tenant: string | undefined, perTenant: boolean): string | undefined {
  if (perTenant && tenant === undefined) {
    throw invalid("The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request.");
  }
  if (!perTenant && tenant !== undefined) {
    throw invalid(
      "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request.",
    );
  }
  if (tenant !== undefined && !tenantForm.test(tenant)) throw invalid("The tenant ID is not valid.");
  return tenant;
}

function readPayload({ payload, payloadTooLarge }: Invoke): string {
  if (payloadTooLarge) {
    const message = `Request must be smaller than ${mostPayloadBytes} bytes for the InvokeFunction operation`;
    throw new AwsError(413, "RequestTooLargeException", message, { fields: { Type: "User" } });
  }
  if (payload.length === 0) return "{}";
  const text = payload.toString("utf8");
  try {
    JSON.parse(text);
  } catch (error) {
    const message = `Could not parse request body into json: ${error instanceof Error ? error.message : "unknown"}`;
    throw new AwsError(400, "InvalidRequestContentException", message, { fields: { Type: "User" } });
  }
  return text;
}

function invalid(message: string): AwsError {
  return new AwsError(400, "InvalidParameterValueException", message, { fields: { Type: "User" } });
}

function one(header: string | string[] | undefined): string | undefined {
  return [header].flat()[0];
}
