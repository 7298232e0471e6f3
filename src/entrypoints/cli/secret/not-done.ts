/** Why a command has stopped, in words for the operator: exit code 1. */
export class NotDone extends Error {
  override readonly name = "NotDone";
}
