import type { Message } from "../../../core/ports.ts";

/** What a text on the work queue asks for. */
export type Work =
  | { readonly is: "message"; readonly message: Message }
  /** A cloud's news that need no answer. */
  | { readonly is: "nothing" }
  /** `reason`: what is wrong with it, for people, with hardly a word of its own. */
  | { readonly is: "unreadable"; readonly reason: string };
