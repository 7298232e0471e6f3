import { isCallError } from "../../core/errors/call-error.ts";

/**
 * Undefined when `operation` itself answered 404. A 404 of the token before it means something else: the App is no
 * longer installed.
 */
export async function undefinedWhenAbsent<T>(
  operation: string,
  read: (operation: string) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read(operation);
  } catch (error) {
    if (isCallError(error, "not-found") && error.facts.operation === operation) return undefined;
    throw error;
  }
}
