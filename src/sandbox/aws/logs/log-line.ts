export type LogEvent = { readonly timestamp: number; readonly message: string };

const indent = " ".repeat("2026-01-01T00:00:00.000Z ".length);

/** One event as lines of a text file: its time, its message; further lines of a message are indented. */
export function formatEvent(event: LogEvent): string {
  const [first = "", ...rest] = event.message.split("\n");
  const head = `${new Date(event.timestamp).toISOString()} ${first}\n`;
  return head + rest.map((line) => `${indent}${line}\n`).join("");
}

/** The events of a text that `formatEvent` wrote. */
export function parseEvents(text: string): LogEvent[] {
  const events: { timestamp: number; message: string }[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    const last = events.at(-1);
    if (line.startsWith(indent) && last !== undefined) last.message += `\n${line.slice(indent.length)}`;
    else events.push({ timestamp: Date.parse(line.slice(0, 24)), message: line.slice(25) });
  }
  return events;
}
