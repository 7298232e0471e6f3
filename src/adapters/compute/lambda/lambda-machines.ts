import type { ComputeProvider } from "../../../core/ports.ts";

/** Lambda can neither end nor list invocations: there is nothing to call. */
export const lambdaMachines: Pick<ComputeProvider, "terminate" | "list"> = {
  terminate: async () => undefined,
  list: async () => undefined,
};
