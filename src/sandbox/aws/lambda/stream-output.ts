import { randomUUID } from "node:crypto";
import { StringDecoder } from "node:string_decoder";
import type { LogStore } from "../logs/log-store.ts";

/** Where one environment's output and Lambda's own lines about it go. */
export type StreamOutput = {
  readonly group: string;
  readonly stream: string;
  /** What the function printed, as it came: each line becomes an event. */
  write(chunk: Buffer): void;
  /** A line of Lambda's own. */
  line(text: string): void;
  end(): void;
};

/** One event holds 1 MB at most; a longer line becomes several. */
const longestEvent = 1_000_000;

/** Opens a new log stream, named as Lambda names those of its environments. */
export function streamOutput(store: LogStore, functionName: string): StreamOutput {
  const group = `/aws/lambda/${functionName}`;
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  const stream = `${day}/[$LATEST]${randomUUID().replaceAll("-", "")}`;
  store.createGroup(group);
  store.createStream(group, stream);
  const decoder = new StringDecoder("utf8");
  let rest = "";

  const put = (messages: readonly string[]): void => {
    const timestamp = Date.now();
    const events = messages.filter((message) => message !== "").map((message) => ({ timestamp, message }));
    if (events.length > 0) store.append(group, stream, events);
  };
  const add = (text: string): void => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > longestEvent) {
      parts.push(rest);
      rest = "";
    }
    put(parts);
  };

  return {
    group,
    stream,
    write: (chunk) => add(decoder.write(chunk)),
    line: (text) => put([text]),
    end() {
      add(decoder.end());
      put([rest]);
      rest = "";
    },
  };
}
