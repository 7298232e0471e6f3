import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { AwsError } from "../aws-error.ts";
import type { FunctionOptions, LambdaEvent } from "./function.ts";

/** Path of Lambda's Invoke; the first group is the function's name or ARN, still encoded. */
export const invokePath = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?(.*))?$/;

/** An asynchronous event holds 1 MB at most. */
export const longestEvent = 1_048_576;

const tenantForm = /^[\w.:/=+\-@ ]{1,256}$/;

export type InvokeRequest = {
  /** Undefined for a dry run, which only checks. */
  readonly event: LambdaEvent | undefined;
  readonly status: 202 | 204;
};

/** Checks one Invoke as Lambda does; throws an `AwsError` where Lambda refuses. */
export function parseInvoke(
  request: IncomingMessage,
  body: { readonly bytes: Buffer; readonly tooLarge: boolean },
  functions: Readonly<Record<string, FunctionOptions>>,
  place: { readonly region: string; readonly account: string },
): InvokeRequest {
  const [, name = "", query = ""] = invokePath.exec(request.url ?? "") ?? [];
  const functionName = nameOf(decodeURIComponent(name));
  const settings = Object.hasOwn(functions, functionName) ? functions[functionName] : undefined;
  const qualifier = new URLSearchParams(query).get("Qualifier") ?? "$LATEST";
  if (settings === undefined || qualifier !== "$LATEST") {
    const arn = `arn:aws:lambda:${place.region}:${place.account}:function:${functionName}`;
    const which = qualifier === "$LATEST" ? arn : `${arn}:${qualifier}`;
    throw new AwsError(404, "ResourceNotFoundException", `Function not found: ${which}`, { fields: { Type: "User" } });
  }
  const tenant = tenantOf(request, settings);
  const type = header(request, "x-amz-invocation-type") ?? "RequestResponse";
  if (type === "DryRun") return { event: undefined, status: 204 };
  if (type !== "Event") throw parameter(`Invocation type ${type} is not in the sandbox`);
  if (body.tooLarge) {
    throw new AwsError(413, "RequestTooLargeException", `Request must be smaller than ${longestEvent} bytes`);
  }
  const event = { requestId: randomUUID(), functionName, tenant, body: json(body.bytes), acceptedAtMs: Date.now() };
  return { event, status: 202 };
}

/** The name out of `NAME`, `ACCOUNT:function:NAME` or an ARN. */
function nameOf(identifier: string): string {
  return /(?:^|:)function:([^:]+)/.exec(identifier)?.[1] ?? identifier;
}

function tenantOf(request: IncomingMessage, settings: FunctionOptions): string | undefined {
  const tenant = header(request, "x-amz-tenant-id");
  if (settings.tenancy === "PER_TENANT" && tenant === undefined) {
    throw parameter(
      "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request.",
    );
  }
  if (settings.tenancy === undefined && tenant !== undefined) {
    throw parameter("The invoked function is not enabled with tenancy configuration. Remove the tenant ID.");
  }
  if (tenant !== undefined && !tenantForm.test(tenant)) throw parameter("The tenant ID is invalid.");
  return tenant;
}

function header(request: IncomingMessage, name: string): string | undefined {
  return [request.headers[name]].flat()[0];
}

function parameter(message: string): AwsError {
  return new AwsError(400, "InvalidParameterValueException", message, { fields: { Type: "User" } });
}

/** The event as text; an empty body is an empty event. */
function json(bytes: Buffer): string {
  const text = bytes.length === 0 ? "{}" : bytes.toString("utf8");
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw new AwsError(400, "InvalidRequestContentException", "Could not parse request body into json");
  }
}
