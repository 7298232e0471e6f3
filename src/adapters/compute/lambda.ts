import { InvokeCommand } from "@aws-sdk/client-lambda";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { CallErrorKind } from "../../core/errors/call-error.ts";
import type { ComputeProvider, LaunchRequest } from "../../core/ports.ts";
import { awsCallError } from "./aws-call-error.ts";

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
  /** A function with `TenancyConfig: PER_TENANT`, so that each runner gets an environment of its own. */
  readonly functionName: string;
  readonly claimWithinSeconds?: number;
  readonly lifetimeSeconds?: number;
  readonly usualStartSeconds?: number;
};

/** A listener asks GitHub for a job again and again, each time for up to 50 s, and hears then that it is not known any more. */
const lingerSeconds = 60;

/**
 * Runners as asynchronous invocations of a container-image function. Lambda delivers an event at least once and may
 * drop it, which the claim answers; it cannot end or list invocations, so that both have nothing to call here.
 */
export function lambdaProvider(options: LambdaOptions): ComputeProvider {
  const { client, functionName, claimWithinSeconds = 90, lifetimeSeconds = 900, usualStartSeconds = 30 } = options;
  return {
    traits: { execution: "lambda", claimWithinSeconds, lifetimeSeconds, usualStartSeconds, lingerSeconds },
    async launch(request) {
      const command = new InvokeCommand({
        FunctionName: functionName,
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
