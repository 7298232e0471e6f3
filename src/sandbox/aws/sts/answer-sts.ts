import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Faults } from "../../faults.ts";
import { AwsError } from "../aws-error.ts";
import { authorize } from "../authorization.ts";
import { faultError } from "../faults.ts";
import type { Reply } from "../http.ts";
import { xmlDocument, type XmlValue } from "../xml.ts";
import { assumeRole } from "./assume-role.ts";
import { stsOperations, type StsOperation } from "./operations.ts";
import type { StsOptions } from "./options.ts";
import type { Sessions } from "./sessions.ts";
import { stsError } from "./sts-error.ts";

export type StsApi = {
  readonly region: string;
  readonly options: StsOptions;
  readonly sessions: Sessions;
  readonly faults: Faults;
  /** An operation was called, whatever came of it. */
  readonly onCall: (operation: StsOperation) => void;
};

const version = "2011-06-15";
const namespace = `https://sts.amazonaws.com/doc/${version}/`;

/** A body of the query protocol that is meant for STS: no other service has this version. */
export function isForSts(body: Buffer): boolean {
  return new URLSearchParams(body.toString("utf8")).get("Version") === version;
}

/** Answers one request in STS's query protocol; undefined: the effect has happened, and its reply is lost. */
export function answerSts(api: StsApi, request: IncomingMessage, body: Buffer): Reply | undefined {
  const requestId = randomUUID();
  const headers = { "content-type": "text/xml", "x-amzn-requestid": requestId };
  try {
    const answer = carryOut(api, request, body);
    if (answer === undefined) return undefined;
    const { operation, result } = answer;
    const members = { [`${operation}Result`]: result, ResponseMetadata: { RequestId: requestId } };
    return { status: 200, headers, body: xmlDocument(`${operation}Response`, members, namespace) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, code, message } = asSts(error);
    const Type = status < 500 ? "Sender" : "Receiver";
    const members = { Error: { Type, Code: code, Message: message }, RequestId: requestId };
    return { status, headers, body: xmlDocument("ErrorResponse", members, namespace) };
  }
}

type Answer = { readonly operation: StsOperation; readonly result: XmlValue };

function carryOut(api: StsApi, request: IncomingMessage, body: Buffer): Answer | undefined {
  const { region, options, sessions, faults, onCall } = api;
  const parameters = new URLSearchParams(body.toString("utf8"));
  const action = parameters.get("Action");
  const operation = stsOperations.find((name) => name === action);
  if (operation === undefined) {
    throw stsError(
      "InvalidAction",
      `Could not find operation ${action ?? "null"} for version ${version} in the sandbox`,
    );
  }
  onCall(operation);
  const accessKeyId = authorize(request, { region, service: "sts", body, keys: sessions });
  const fault = faults.take("sts", operation);
  const struck = fault === undefined ? undefined : faultError("sts", fault);
  if (struck !== undefined) throw struck;
  const callerArn = callerOf(api, accessKeyId);
  const result =
    operation === "AssumeRole"
      ? assumeRole(options, sessions, callerArn, parameters)
      : { Arn: callerArn, UserId: accessKeyId, Account: callerArn.split(":")[4] };
  return fault === "lost-reply" ? undefined : { operation, result };
}

function callerOf({ options, sessions }: StsApi, accessKeyId: string): string {
  const known = Object.hasOwn(options.callers, accessKeyId) ? options.callers[accessKeyId] : undefined;
  const arn = known ?? sessions.sessionOf(accessKeyId)?.arn;
  if (arn === undefined) {
    throw stsError("InvalidClientTokenId", "The security token included in the request is invalid.");
  }
  return arn;
}

/** STS's older words for what every service refuses. */
function asSts({ code, status, message }: AwsError): AwsError {
  if (code === "MissingAuthenticationTokenException") return stsError("MissingAuthenticationToken", message);
  if (code === "IncompleteSignatureException") return stsError("IncompleteSignature", message);
  if (code === "InvalidSignatureException") return stsError("SignatureDoesNotMatch", message);
  if (code === "UnrecognizedClientException") return stsError("InvalidClientTokenId", message);
  if (code === "ExpiredTokenException") return stsError("ExpiredToken", message);
  return new AwsError(status, code, message);
}
