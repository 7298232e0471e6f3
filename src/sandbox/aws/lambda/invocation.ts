import type { LambdaEvent } from "./function.ts";
import type { StreamOutput } from "./stream-output.ts";

/** An event in the hands of the function. */
export type Invocation = {
  readonly event: LambdaEvent;
  /** When Lambda ends the environment, milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** Stops the clock and writes Lambda's last lines about it. */
  conclude(status: "success" | "error" | "timeout"): void;
};

/** Writes Lambda's first line about an event and starts its clock; `onTimeout` when the function took too long. */
export function beginInvocation(
  event: LambdaEvent,
  output: StreamOutput,
  settings: { readonly memoryMb: number; readonly timeoutMs: number },
  onTimeout: (invocation: Invocation) => void,
): Invocation {
  const startedAt = performance.now();
  const deadlineMs = Date.now() + settings.timeoutMs;
  output.line(`START RequestId: ${event.requestId} Version: $LATEST`);
  const invocation: Invocation = {
    event,
    deadlineMs,
    conclude(status) {
      clearTimeout(clock);
      const durationMs = performance.now() - startedAt;
      output.line(`END RequestId: ${event.requestId}`);
      // without the memory that Lambda reports here: nobody but the kernel could count that for a whole machine
      const report = [
        `REPORT RequestId: ${event.requestId}`,
        `Duration: ${durationMs.toFixed(2)} ms`,
        `Billed Duration: ${Math.ceil(durationMs)} ms`,
        `Memory Size: ${settings.memoryMb} MB`,
        ...(status === "success" ? [] : [`Status: ${status}`]),
      ];
      output.line(report.join("\t"));
    },
  };
  const clock = setTimeout(() => {
    const seconds = (settings.timeoutMs / 1000).toFixed(2);
    output.line(`${new Date().toISOString()} ${event.requestId} Task timed out after ${seconds} seconds`);
    onTimeout(invocation);
  }, settings.timeoutMs);
  return invocation;
}
