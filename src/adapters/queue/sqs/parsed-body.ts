import type { Message } from "../../../core/ports.ts";

/** The message in a text that our own sender wrote, undefined when it is no JSON object. What is in it is not checked. */
export function parsedBody(body: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}
