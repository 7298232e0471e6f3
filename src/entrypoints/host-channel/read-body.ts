/** Bytes of a request: all there already, or as they come. */
export type Body = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export type BodyLimits = {
  /** A body with more bytes than this is not read to its end. */
  readonly mostBytes: number;
  /** The whole body must have come by then, however little of it is missing. Milliseconds. */
  readonly withinMs: number;
};

/**
 * The whole body, or why there is none: it is too large (told as soon as one byte too many has come; no more than
 * `mostBytes` and one piece are ever held), it took too long, or its sender went away. Never rejects.
 */
export async function readBody(body: Body, limits: BodyLimits): Promise<Uint8Array | "too-large" | "too-slow" | "cut"> {
  const pieces = piecesOf(body);
  const late = Promise.withResolvers<"too-slow">();
  const timer = setTimeout(() => late.resolve("too-slow"), limits.withinMs);
  const read: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const next = await Promise.race([pieces.next(), late.promise]);
      if (next === "too-slow") return next;
      if (next.done === true) return Buffer.concat(read);
      bytes += next.value.byteLength;
      if (bytes > limits.mostBytes) return "too-large";
      read.push(next.value);
    }
  } catch {
    return "cut";
  } finally {
    clearTimeout(timer);
    // not awaited: it would wait for the piece that does not come
    pieces.return?.().catch(() => undefined);
  }
}

async function* asynchronous(body: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  yield* body;
}

function piecesOf(body: Body): AsyncIterator<Uint8Array, undefined> {
  return Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : asynchronous(body);
}
