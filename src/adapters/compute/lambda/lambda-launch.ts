import { InvokeCommand } from "@aws-sdk/client-lambda";
import type { CallErrorKind } from "../../../core/errors/call-error.ts";
import { isCallError } from "../../../core/errors/call-error.ts";
import type { ComputeProvider, LaunchRequest } from "../../../core/ports.ts";
import { awsCodes } from "../../aws/aws-codes.ts";
import { awsCallError } from "../../aws/aws-call-error.ts";
import { chooseFunction } from "./choose-function.ts";
import type { LambdaOptions } from "./lambda-options.ts";

/**
 * Errors of Lambda's Invoke (API reference of 2026). Throttles name several limits, all of which pass; what the
 * operator has to mend is refused at once instead of being tried for hours.
 */
const codes: Readonly<Record<string, CallErrorKind>> = {
  ...awsCodes,
  TooManyRequestsException: "capacity",
  EC2ThrottledException: "capacity",
  ENILimitReachedException: "capacity",
  SubnetIPAddressLimitReachedException: "capacity",
  ServiceException: "unavailable",
  EC2UnexpectedException: "unavailable",
  EFSIOException: "unavailable",
  ResourceNotReadyException: "unavailable",
  ResourceConflictException: "unavailable",
  ResourceNotFoundException: "not-found",
  EC2AccessDeniedException: "forbidden",
  KMSAccessDeniedException: "forbidden",
  KMSDisabledException: "forbidden",
  InvalidParameterValueException: "invalid",
  InvalidRequestContentException: "invalid",
  RequestTooLargeException: "invalid",
  UnsupportedMediaTypeException: "invalid",
};

/**
 * Launches runners as asynchronous invocations of container-image functions, in the region of the function. Lambda
 * delivers an event at least once and may drop it, which the claim answers.
 */
export function lambdaLaunch(
  options: Pick<LambdaOptions, "clients" | "functions" | "region">,
): Required<Pick<ComputeProvider, "launch" | "regionOf">> {
  return {
    regionOf(spec) {
      try {
        return chooseFunction(options, spec).region;
      } catch (error) {
        // There is no such function, which the launch says.
        if (isCallError(error)) return undefined;
        throw error;
      }
    },
    async launch(request) {
      const { functionName, region } = chooseFunction(options, request.spec, request.region);
      const command = new InvokeCommand({
        FunctionName: functionName,
        InvocationType: "Event",
        TenantId: request.runnerName,
        Payload: invocationPayload(request),
      });
      try {
        await options.clients(region).send(command);
      } catch (error) {
        throw awsCallError(error, "lambda", "Invoke", codes);
      }
      return { machineId: undefined };
    },
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
