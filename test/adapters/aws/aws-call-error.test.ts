import { expect, test } from "@jest/globals";
import { awsCallError } from "../../../src/adapters/aws/aws-call-error.ts";
import { awsCodes } from "../../../src/adapters/aws/aws-codes.ts";

const codes = { ...awsCodes, TooManyRequestsException: "capacity", EC2ThrottledException: "capacity" } as const;

test.each<[object, string]>([
  [{ name: "TooManyRequestsException", $metadata: { httpStatusCode: 429 } }, "capacity"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 429 } }, "rate-limited"],
  [{ name: "EC2ThrottledException", $metadata: { httpStatusCode: 502 } }, "capacity"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 503 } }, "unavailable"],
  [{ name: "AccessDeniedException", $metadata: { httpStatusCode: 403 } }, "forbidden"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 403 } }, "forbidden"],
  [{ name: "Unknown", $metadata: { httpStatusCode: 400 } }, "invalid"],
  [{ name: "ExpiredTokenException", $metadata: { httpStatusCode: 403 } }, "unauthorized"],
  [{ name: "CredentialsProviderError", message: "Could not load credentials from any providers" }, "unauthorized"],
  [{ name: "toString", $metadata: { httpStatusCode: 400 } }, "invalid"],
  [{ name: "TimeoutError", message: "socket hang up", code: "ECONNRESET" }, "lost-reply"],
  [{ name: "Error", code: "ECONNREFUSED" }, "unavailable"],
  [{ name: "Error", code: "ENOTFOUND" }, "unavailable"],
  [{}, "lost-reply"],
])("%j is %s", (error, kind) => {
  expect(awsCallError(error, "lambda", "Invoke", codes).facts.kind).toBe(kind);
});

test("a request that is quoted is left out, before the words are cleaned and shortened", () => {
  const quoted = "\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:4715'";
  const error = { name: "SignatureDoesNotMatch", message: `It does not match.${quoted}` };
  const { message } = awsCallError(error, "sqs", "SendMessage", codes, (words) => `(${words})`).facts;
  expect(message).toBe("(SignatureDoesNotMatch: It does not match.)");
});
