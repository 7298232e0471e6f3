import type { FaultCatalogue } from "../faults.ts";
import { AwsError } from "./aws-error.ts";
import { ec2Codes, type Ec2Code } from "./ec2/codes.ts";
import { ec2FaultError } from "./ec2/fault-error.ts";
import type { Ec2Operation } from "./ec2/operations.ts";
import { secretsManagerCodes, secretsManagerOperations } from "./secrets-manager/codes.ts";
import { ssmCodes, ssmOperations } from "./ssm/codes.ts";
import { stsCodes } from "./sts/codes.ts";
import { stsFaultError } from "./sts/fault-error.ts";
import { stsOperations } from "./sts/operations.ts";

/** Error codes of Lambda's Invoke with their HTTP status (API reference of Invoke, 2026). */
const invokeCodes: Readonly<Record<string, number>> = {
  TooManyRequestsException: 429,
  ThrottlingException: 429,
  ServiceException: 500,
  ResourceNotFoundException: 404,
  ResourceConflictException: 409,
  ResourceNotReadyException: 502,
  AccessDeniedException: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 403,
  InvalidParameterValueException: 400,
  InvalidRequestContentException: 400,
  RequestTooLargeException: 413,
  UnsupportedMediaTypeException: 415,
  EC2ThrottledException: 502,
  EC2UnexpectedException: 502,
  EC2AccessDeniedException: 502,
  ENILimitReachedException: 502,
  SubnetIPAddressLimitReachedException: 502,
  KMSAccessDeniedException: 502,
  KMSDisabledException: 502,
};

const logsCodes: Readonly<Record<string, number>> = {
  ThrottlingException: 400,
  ServiceUnavailableException: 503,
  AccessDeniedException: 400,
  ResourceNotFoundException: 400,
  InvalidParameterException: 400,
};

/** Operations of CloudWatch Logs that the stand-in has. */
export const logsOperations = [
  "CreateLogGroup",
  "CreateLogStream",
  "DescribeLogGroups",
  "DescribeLogStreams",
  "FilterLogEvents",
  "GetLogEvents",
  "PutLogEvents",
] as const;

const logsRow = { kinds: ["lost-reply", "status"], codes: Object.keys(logsCodes) };

const secretsManagerRow = { kinds: ["lost-reply", "status"], codes: Object.keys(secretsManagerCodes) };

const ssmRow = { kinds: ["lost-reply", "status"], codes: Object.keys(ssmCodes) };

const stsRow = { kinds: ["lost-reply", "status"], codes: Object.keys(stsCodes) };

/** Codes with which any operation of EC2 can be refused. */
const ec2Common: readonly Ec2Code[] = [
  "RequestLimitExceeded",
  "Throttling",
  "InternalError",
  "InternalFailure",
  "ServiceUnavailable",
  "Unavailable",
  "UnauthorizedOperation",
  "AuthFailure",
  "ExpiredToken",
  "InvalidClientTokenId",
  "InvalidParameterValue",
  "MissingParameter",
];

const ec2Rows = {
  RunInstances: { kinds: ["lost-reply", "status", "key-denied"], codes: Object.keys(ec2Codes) },
  DescribeInstances: {
    kinds: ["lost-reply", "status", "not-found-yet"],
    codes: [...ec2Common, "InvalidInstanceID.NotFound"],
  },
  TerminateInstances: {
    kinds: ["lost-reply", "status"],
    codes: [...ec2Common, "InvalidInstanceID.NotFound", "IncorrectInstanceState"],
  },
  GetConsoleOutput: { kinds: ["lost-reply", "status"], codes: [...ec2Common, "InvalidInstanceID.NotFound"] },
} satisfies Record<Ec2Operation, unknown>;

/**
 * What can be broken in the stand-in for AWS. `drop`: accepted, and the event vanishes. `duplicate`: accepted, and the
 * event is delivered twice, at once, to two environments. `expire`: accepted, and given up as too old, which the
 * on-failure destination is told. `key-denied`: launched, and ended before it runs, as when the
 * key of its disk may not be used. `not-found-yet`: what no description has shown so far is not shown. `notice`: the
 * machine of a spot runner is interrupted when a job has started on it.
 */
export const awsFaults = {
  lambda: {
    Invoke: { kinds: ["lost-reply", "status", "drop", "duplicate", "expire"], codes: Object.keys(invokeCodes) },
  },
  logs: Object.fromEntries(logsOperations.map((operation) => [operation, logsRow])),
  ec2: { ...ec2Rows, "spot-interruption": { kinds: ["notice"], codes: [] } },
  secretsmanager: Object.fromEntries(secretsManagerOperations.map((operation) => [operation, secretsManagerRow])),
  ssm: Object.fromEntries(ssmOperations.map((operation) => [operation, ssmRow])),
  sts: Object.fromEntries(stsOperations.map((operation) => [operation, stsRow])),
} satisfies FaultCatalogue;

const jsonCodes: Readonly<Partial<Record<keyof typeof awsFaults, Readonly<Record<string, number>>>>> = {
  lambda: invokeCodes,
  logs: logsCodes,
  secretsmanager: secretsManagerCodes,
  ssm: ssmCodes,
};

/** The error that a fault answers before any effect; undefined when the fault strikes in another way. */
export function faultError(service: keyof typeof awsFaults, kind: string): AwsError | undefined {
  const named = service === "ec2" ? ec2FaultError(kind) : service === "sts" ? stsFaultError(kind) : undefined;
  if (named !== undefined) return named;
  const status = jsonCodes[service]?.[kind];
  if (status !== undefined) {
    return kind === "TooManyRequestsException"
      ? new AwsError(status, kind, "Rate Exceeded.", {
          fields: { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" },
          headers: { "Retry-After": "1" },
        })
      : new AwsError(status, kind, `A fault that the sandbox was asked for: ${kind}`);
  }
  if (!/^[45]\d\d$/.test(kind)) return undefined;
  const code = Number(kind) >= 500 ? "ServiceException" : Number(kind) === 429 ? "ThrottlingException" : "ClientError";
  return new AwsError(Number(kind), code, `A fault that the sandbox was asked for: ${kind}`);
}
