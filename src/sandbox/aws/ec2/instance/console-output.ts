export type ConsoleOutput = {
  write(chunk: Buffer): void;
  /** The newest of what was written, from the begin of a character. */
  text(): string;
};

/** EC2 keeps so much of an instance's console. */
const mostBytes = 64 * 1024;

/** Keeps the newest 64 KB of what an instance prints. */
export function consoleOutput(): ConsoleOutput {
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    write(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > 2 * mostBytes) {
        chunks = [Buffer.concat(chunks).subarray(-mostBytes)];
        size = mostBytes;
      }
    },
    text() {
      const bytes = Buffer.concat(chunks).subarray(-mostBytes);
      let start = 0;
      // only where something was cut off can a character begin before the first byte
      if (size > mostBytes) while (start < 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
      return bytes.toString("utf8", start);
    },
  };
}
