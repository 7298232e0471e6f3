import { InvokeCommand } from "@aws-sdk/client-lambda";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { CallErrorKind } from "../../core/errors/call-error.ts";
import type { Offer } from "../../core/planning/plan-types.ts";
import type { ComputeProvider, LaunchRequest } from "../../core/ports.ts";
import { awsCallError } from "./aws-call-error.ts";
import { chooseFunction } from "./choose-function.ts";
import type { LambdaFunction } from "./choose-function.ts";

/**
 * Errors of Lambda's Invoke (API reference of 2026). Throttles name several limits, all of which pass; what the
 * operator has to mend is refused at once instead of being tried for hours.
 */
const codes: Readonly<Record<string, CallErrorKind>> = {
  TooManyRequestsException: "capacity",
  ThrottlingException: "rate-limited",
  EC2ThrottledException: "capacity",
  ENILimitReachedException: "capacity",
  SubnetIPAddressLimitReachedException: "capacity",
  ServiceException: "unavailable",
  EC2UnexpectedException: "unavailable",
  EFSIOException: "unavailable",
  ResourceNotReadyException: "unavailable",
  ResourceConflictException: "unavailable",
  ResourceNotFoundException: "not-found",
  AccessDeniedException: "forbidden",
  UnrecognizedClientException: "unauthorized",
  ExpiredTokenException: "unauthorized",
  // the SDK found no credentials: nothing was sent
  CredentialsProviderError: "unauthorized",
  EC2AccessDeniedException: "forbidden",
  KMSAccessDeniedException: "forbidden",
  KMSDisabledException: "forbidden",
  InvalidParameterValueException: "invalid",
  InvalidRequestContentException: "invalid",
  RequestTooLargeException: "invalid",
  UnsupportedMediaTypeException: "invalid",
};

export type LambdaOptions = {
  /** Made with `maxAttempts: 1`: what a failed call means is decided in the core alone. */
  readonly client: LambdaClient;
  /** For each kind of machine one; of equal ones the first is taken. */
  readonly functions: readonly LambdaFunction[];
  readonly claimWithinSeconds?: number;
  readonly lifetimeSeconds?: number;
  readonly usualStartSeconds?: number;
};

/** A listener asks GitHub for a job again and again, each time for up to 50 s, and hears then that it is not known any more. */
const lingerSeconds = 60;

/**
 * Runners as asynchronous invocations of container-image functions. Lambda delivers an event at least once and may
 * drop it, which the claim answers; it cannot end or list invocations, so that both have nothing to call here.
 */
export function lambdaProvider(options: LambdaOptions): ComputeProvider {
  const { client, functions, claimWithinSeconds = 90, lifetimeSeconds = 900, usualStartSeconds = 30 } = options;
  const offer = offerOf(functions);
  return {
    traits: { execution: "lambda", claimWithinSeconds, lifetimeSeconds, usualStartSeconds, lingerSeconds, offer },
    async launch(request) {
      const command = new InvokeCommand({
        FunctionName: chooseFunction(functions, request.spec),
        InvocationType: "Event",
        TenantId: request.runnerName,
        Payload: invocationPayload(request),
      });
      try {
        await client.send(command);
      } catch (error) {
        throw awsCallError(error, "lambda", "Invoke", codes);
      }
      return { machineId: undefined };
    },
    terminate: async () => undefined,
    list: async () => undefined,
  };
}

/** What can be had without a named image or named subnets; sizes of any architecture, the smallest first. */
function offerOf(functions: readonly LambdaFunction[]): Offer {
  const usual = functions.filter(({ image, subnets }) => image === undefined && subnets === undefined);
  return {
    archs: [...new Set(usual.map(({ arch }) => arch))],
    memoryMb: [...new Set(usual.map(({ memoryMb }) => memoryMb))].toSorted((one, other) => one - other),
  };
}

/** What the supervisor reads. No JIT config, and the same bytes for the same request. */
function invocationPayload({
  runnerName,
  claimToken,
  hostUrl,
  claimByMs,
  endByMs,
  repositoryId,
}: LaunchRequest): Buffer {
  const payload = { runner: runnerName, token: claimToken, hostUrl, claimByMs, endByMs, repositoryId };
  return Buffer.from(JSON.stringify(payload));
}
