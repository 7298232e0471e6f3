import type { IncomingMessage } from "node:http";
import type { BodyRoom } from "./body-room.ts";
import { tooLarge } from "./receive-webhook.ts";

export type BodyLimits = {
  /** Of one body. */
  readonly mostBytes: number;
  /** From the head of the request to the end of its body. */
  readonly withinMs: number;
  readonly room: BodyRoom;
};

export type BodyRead =
  /** `release` gives the room back; call it when the bytes are needed no longer. */
  | { readonly outcome: "read"; readonly bytes: Uint8Array; release(): void }
  /** The rest of the body is not read: only closing the connection gets rid of it. */
  | { readonly outcome: "refused"; readonly status: 408 | 413 | 503; readonly reason: string }
  /** The sender went away. */
  | { readonly outcome: "gone" };

const tooSlow = { outcome: "refused", status: 408, reason: "the body took too long" } as const;
const noRoom = { outcome: "refused", status: 503, reason: "too many bodies at a time" } as const;

/** Reads the body of a request and keeps none of a body that breaks a limit. Never rejects. */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<BodyRead> {
  const { mostBytes, withinMs, room } = limits;
  const large = { outcome: "refused", status: 413, reason: tooLarge.reason } as const;
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) return large;
  return await new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const release = (): void => room.give(bytes);
    const end = (result: BodyRead): void => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("close", onGone).pause();
      if (result.outcome !== "read") release();
      resolve(result);
    };
    const onData = (chunk: Uint8Array): void => {
      if (bytes + chunk.byteLength > mostBytes) return end(large);
      if (!room.take(chunk.byteLength)) return end(noRoom);
      bytes += chunk.byteLength;
      chunks.push(chunk);
    };
    const onEnd = (): void => end({ outcome: "read", bytes: Buffer.concat(chunks, bytes), release });
    const onGone = (): void => end({ outcome: "gone" });
    const timer = setTimeout(() => end(tooSlow), withinMs);
    // A request that breaks off says `error` and then `close`; without anybody listening the error would end the process.
    request.on("error", () => {});
    request.on("data", onData).on("end", onEnd).on("close", onGone);
  });
}
