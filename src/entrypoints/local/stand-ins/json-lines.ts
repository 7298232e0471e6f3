import type { Socket } from "node:net";

/** Hands every line of JSON that arrives to `take`; whoever sends something else is cut off. */
export function onJsonLines(socket: Socket, take: (value: unknown) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk) => {
    // a JSON text on one line has no raw line end in it
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    try {
      for (const line of lines) take(JSON.parse(line));
    } catch {
      socket.destroy();
    }
  });
}

/** Sends one value as a line. */
export function sendJsonLine(socket: Socket, value: unknown, sent?: () => void): void {
  socket.write(`${JSON.stringify(value)}\n`, () => sent?.());
}
