import { CallError } from "../../../core/errors/call-error.ts";

/** So often is a step that others undo tried again. */
export const mostAttempts = 10;

/** Others were first each time; the message comes back later. */
export function contended(operation: string, id: string): CallError {
  const message = `${id} is contended: ${mostAttempts} attempts met others' writes`;
  return new CallError({ service: "store", operation, kind: "unavailable", message });
}
