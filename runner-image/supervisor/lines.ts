import { StringDecoder } from "node:string_decoder";

const longestLine = 200_000;
/** Longer than any secret, so that one which is cut by the end of a chunk stays in the part that waits. */
const held = 16_384;

export type Lines = { write(chunk: Buffer): void; end(): void };

/**
 * Cuts a stream into lines, applies `redact` to whole lines and hands them to `take` without their line end. A line
 * of more than 200,000 characters is handed on in pieces: nothing grows without a bound.
 */
export function lines(redact: (text: string) => string, take: (line: string) => void): Lines {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const add = (text: string): void => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) take(redact(part.replace(/\r$/, "")));
    if (rest.length > longestLine) {
      const safe = redact(rest);
      take(safe.slice(0, -held));
      rest = safe.slice(-held);
    }
  };
  return {
    write: (chunk) => add(decoder.write(chunk)),
    end() {
      add(decoder.end());
      if (rest !== "") take(redact(rest));
      rest = "";
    },
  };
}
