import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatEvent, parseEvents, type LogEvent } from "./log-line.ts";

/** Log groups and streams as folders and text files: a stream's file is what a person reads, and all that is kept. */
export type LogStore = {
  groups(): { readonly name: string; readonly createdAtMs: number }[];
  /** Undefined when there is no such group. */
  streams(group: string): { readonly name: string; readonly createdAtMs: number }[] | undefined;
  /** False when it was there already. */
  createGroup(group: string): boolean;
  createStream(group: string, stream: string): boolean;
  /** Adds events to a stream that exists; the file has them after `flushMs` at the latest. */
  append(group: string, stream: string, events: readonly LogEvent[]): void;
  /** The stream's events in the order of their time; undefined when there is no such stream. */
  events(group: string, stream: string): LogEvent[] | undefined;
  /** Path of the stream's text file, with everything in it that was appended so far. */
  file(group: string, stream: string): string;
  /** Writes what waits. */
  flush(): void;
};

const flushMs = 50;

/** Opens (and makes) the logs under `folder`; what an earlier process left there is still there. */
export function logStore(folder: string): LogStore {
  mkdirSync(folder, { recursive: true });
  const waiting = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;

  // names may hold slashes and dots: encoded, with an ending that no name can undo
  const groupPath = (group: string): string => join(folder, `${encodeURIComponent(group)}.group`);
  const streamPath = (group: string, stream: string): string =>
    join(groupPath(group), `${encodeURIComponent(stream)}.log`);
  const list = (path: string, ending: string): { name: string; createdAtMs: number }[] =>
    readdirSync(path)
      .filter((name) => name.endsWith(ending))
      .map((name) => ({
        name: decodeURIComponent(name.slice(0, -ending.length)),
        createdAtMs: Math.floor(statSync(join(path, name)).birthtimeMs),
      }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1));

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const [path, text] of waiting) appendFileSync(path, text);
    waiting.clear();
  };

  return {
    groups: () => list(folder, ".group"),
    streams: (group) => (existsSync(groupPath(group)) ? list(groupPath(group), ".log") : undefined),
    createGroup(group) {
      if (existsSync(groupPath(group))) return false;
      mkdirSync(groupPath(group));
      return true;
    },
    createStream(group, stream) {
      const path = streamPath(group, stream);
      if (existsSync(path)) return false;
      appendFileSync(path, "");
      return true;
    },
    append(group, stream, events) {
      const path = streamPath(group, stream);
      waiting.set(path, (waiting.get(path) ?? "") + events.map(formatEvent).join(""));
      // many small writes of many machines become few
      timer ??= setTimeout(flush, flushMs);
    },
    events(group, stream) {
      flush();
      const path = streamPath(group, stream);
      if (!existsSync(path)) return undefined;
      return parseEvents(readFileSync(path, "utf8")).toSorted((left, right) => left.timestamp - right.timestamp);
    },
    file(group, stream) {
      flush();
      return streamPath(group, stream);
    },
    flush,
  };
}
