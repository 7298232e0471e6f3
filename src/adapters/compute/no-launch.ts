import { CallError } from "../../core/errors/call-error.ts";
import type { Execution } from "../../core/model/execution.ts";
import type { ComputeProvider } from "../../core/ports.ts";

/**
 * For processes that launch nothing and may not: their code holds no call that starts a machine. Rejects with a
 * `CallError` of kind `invalid`, which says that nothing was launched.
 */
export function noLaunch(execution: Execution): Pick<ComputeProvider, "launch"> {
  return {
    async launch({ runnerName }) {
      const message = `${runnerName}: this process of Mayfly launches no machines, only its worker does`;
      throw new CallError({ service: execution, operation: "launch", kind: "invalid", message });
    },
  };
}
