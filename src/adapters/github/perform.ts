import { CallError } from "../../core/errors/call-error.ts";
import type { Clock, Log } from "../../core/ports.ts";
import { type CallFacts, githubCallError } from "./call-error.ts";
import { failedResponse, type ResponseHeaders } from "./failed-response.ts";
import type { Counted, Limits } from "./limits.ts";

export type Answer<Data> = {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly data: Data;
};

/**
 * Sends one request, unless a limit of those it is counted for lasts, and reads its answer. Rejects with a `CallError`
 * only.
 */
export type Perform = <Data, Result>(
  counted: Counted,
  call: CallFacts,
  send: () => Promise<Answer<Data>>,
  read: (answer: Answer<Data>) => Result,
) => Promise<Result>;

export type PerformOptions = { readonly clock: Clock; readonly log: Log; readonly limits: Limits };

/** Turns what comes of a request into a result or a `CallError`, and lets `limits` learn from it. */
export function perform({ clock, log, limits }: PerformOptions): Perform {
  return async (counted, call, send, read) => {
    limits.check(counted, call.operation);
    let answer: Awaited<ReturnType<typeof send>>;
    try {
      answer = await send();
    } catch (error) {
      const failure = githubCallError(error, call, clock.nowMs());
      const response = failedResponse(error);
      if (response !== undefined) limits.learnRefusal(counted, call.operation, response, failure);
      const { operation, kind, status } = failure.facts;
      log.debug("github call failed", { operation, kind, status });
      throw failure;
    }
    limits.learn(counted, call.operation, answer);
    log.debug("github call", { operation: call.operation, status: answer.status });
    return understood(call, answer, read);
  };
}

/**
 * A connection that breaks in the middle of the body gives Octokit a success with an empty or half a text: the effect
 * has happened, what came of it is unknown.
 */
function understood<Data, Result>(
  { operation, once }: CallFacts,
  answer: Answer<Data>,
  read: (answer: Answer<Data>) => Result,
): Result {
  try {
    return read(answer);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CallError({
      service: "github",
      operation,
      kind: once ? "lost-reply" : "unavailable",
      // Only our own words: the reason may quote the answer
      message: `GitHub's answer was not understood${error instanceof TypeError ? "" : `: ${reason}`}`,
      status: answer.status,
    });
  }
}
