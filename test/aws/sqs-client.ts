import { SQSClient } from "@aws-sdk/client-sqs";
import type { Clock } from "../../src/core/ports.ts";
import { reach } from "./moto.ts";

/**
 * A client whose every call tells moto what time it is, a millisecond later each, so that visibility and delays pass by
 * a test's clock and nobody waits. Not for long polls: their end would never come.
 */
export function sqsClientAt(clock: Clock): SQSClient {
  const client = new SQSClient({ ...reach(), useQueueUrlAsEndpoint: false });
  let calls = 0;
  client.middlewareStack.add(
    (next) => async (call) => {
      calls += 1;
      const { headers } = call.request as { readonly headers: Record<string, string> };
      headers["x-judge-now-ms"] = String(clock.nowMs() + calls);
      return await next(call);
    },
    { step: "build" },
  );
  return client;
}
