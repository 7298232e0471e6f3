import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Faults } from "../../faults.ts";
import { AwsError } from "../aws-error.ts";
import { authorize, type KnownKeys } from "../authorization.ts";
import { faultError } from "../faults.ts";
import type { Reply } from "../http.ts";
import { describeInstances } from "./describe-instances.ts";
import { ec2Error } from "./ec2-error.ts";
import type { Ec2Carry, Ec2Context } from "./ec2-context.ts";
import { getConsoleOutput } from "./get-console-output.ts";
import type { Ec2Operation } from "./operations.ts";
import { queryInput } from "./query-input.ts";
import { runInstances } from "./run-instances.ts";
import { terminateInstances } from "./terminate-instances.ts";
import type { TokenBucket } from "./token-bucket.ts";
import { xmlDocument, type XmlValue } from "../xml.ts";

export type Ec2Api = {
  readonly context: Ec2Context;
  readonly buckets: Readonly<Record<Ec2Operation, TokenBucket>>;
  readonly faults: Faults;
  /** Keys that STS gave out. */
  readonly keys?: KnownKeys | undefined;
  /** An operation was called, whatever came of it. */
  readonly onCall: (operation: Ec2Operation) => void;
};

const operations: Readonly<Record<Ec2Operation, Ec2Carry>> = {
  RunInstances: runInstances,
  DescribeInstances: describeInstances,
  TerminateInstances: terminateInstances,
  GetConsoleOutput: getConsoleOutput,
};

const version = "2016-11-15";
const namespace = `http://ec2.amazonaws.com/doc/${version}/`;

/** More than any request can need. */
export const mostQueryBytes = 1024 * 1024;

/** A request of the query protocol, which EC2 and STS have. */
export function isQueryRequest({ method, url, headers }: IncomingMessage): boolean {
  const type = headers["content-type"] ?? "";
  return method === "POST" && url === "/" && type.startsWith("application/x-www-form-urlencoded");
}

/** Answers one request in EC2's query protocol; undefined: the effect has happened, and its reply is lost. */
export function answerEc2(api: Ec2Api, request: IncomingMessage, body: Body): Reply | undefined {
  const requestId = randomUUID();
  const headers = { "content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": requestId };
  try {
    const answer = carryOut(api, request, body);
    if (answer === undefined) return undefined;
    const { operation, members } = answer;
    const text = xmlDocument(`${operation}Response`, { requestId, ...(members as object) }, namespace);
    return { status: 200, headers, body: text };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, code, message } = asEc2(error);
    const errors = { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId };
    return { status, headers, body: xmlDocument("Response", errors) };
  }
}

type Body = { readonly bytes: Buffer; readonly tooLarge: boolean };
type Answer = { readonly operation: Ec2Operation; readonly members: XmlValue };

function carryOut(api: Ec2Api, request: IncomingMessage, body: Body): Answer | undefined {
  const { context, buckets, faults, keys, onCall } = api;
  if (body.tooLarge) throw ec2Error("MalformedQueryString", `The request is larger than ${mostQueryBytes} bytes.`);
  const query = queryInput(body.bytes.toString("utf8"));
  const action = query.wanted("Action");
  if (!Object.hasOwn(operations, action)) {
    throw ec2Error("InvalidAction", `The action ${action} is not valid for this web service, or not in the sandbox.`);
  }
  const operation = action as Ec2Operation;
  onCall(operation);
  authorize(request, { region: context.region, service: "ec2", body: body.bytes, keys });
  if (query.wanted("Version") !== version) {
    throw ec2Error("NoSuchVersion", "The requested version of service AmazonEC2 does not exist");
  }
  const fault = faults.take("ec2", operation);
  const struck = fault === undefined ? undefined : faultError("ec2", fault);
  if (struck !== undefined) throw struck;
  if (!buckets[operation].take()) {
    throw ec2Error("RequestLimitExceeded", `Request limit exceeded. Account ${context.account} has been throttled on ec2:${operation} because it exceeded its request rate limit.`); // prettier-ignore
  }
  const members = operations[operation](context, query, fault);
  return fault === "lost-reply" ? undefined : { operation, members };
}

/** EC2's older words for what every service refuses. */
function asEc2(error: AwsError): AwsError {
  if (error.code === "MissingAuthenticationTokenException")
    return ec2Error("MissingAuthenticationToken", error.message);
  if (error.code === "IncompleteSignatureException") return ec2Error("IncompleteSignature", error.message);
  if (error.code === "InvalidSignatureException") return ec2Error("AuthFailure", error.message);
  if (error.code === "UnrecognizedClientException") return ec2Error("AuthFailure", error.message);
  if (error.code === "ExpiredTokenException") return ec2Error("RequestExpired", "Request has expired.");
  return error;
}
