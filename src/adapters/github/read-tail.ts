/** The end of something on the web, which may be large. */
export type TailRequest = { readonly url: string; readonly mostBytes: number; readonly timeoutMs: number };

/**
 * Reads it without any credentials: the status of the answer, and the text of a success. No more is asked for than is
 * wanted, if the other side can count from the end; Azure's store cannot, but says how long the whole is. What knows no
 * ranges is read to its end. Each request has `timeoutMs`. Rejects with what fetch throws, which may quote the address.
 */
export async function readTail({
  url,
  mostBytes,
  timeoutMs,
}: TailRequest): Promise<{ readonly status: number; readonly text: string }> {
  const get: Get = async (range) =>
    await fetch(url, {
      // a range of a compressed answer could not be unpacked
      headers: { "accept-encoding": "identity", ...(range === undefined ? {} : { range }) },
      signal: AbortSignal.timeout(timeoutMs),
    });
  const answer = await betterAnswer(await get(`bytes=-${mostBytes}`), mostBytes, get);
  const { status } = answer;
  if (answer.ok) return { status, text: text(await lastBytes(answer, mostBytes)) };
  await answer.body?.cancel();
  return { status, text: "" };
}

type Get = (range?: string) => Promise<Response>;

async function betterAnswer(first: Response, mostBytes: number, get: Get): Promise<Response> {
  const length = Number(first.headers.get("content-length") ?? 0);
  if (first.status === 200 && length > mostBytes) {
    await first.body?.cancel();
    return await get(`bytes=${length - mostBytes}-${length - 1}`);
  }
  // It takes a range from the end for wrong, or the text is empty
  if (first.status !== 400 && first.status !== 416) return first;
  await first.body?.cancel();
  return await get();
}

/** Never holds more than is wanted and one piece, whatever comes. */
async function lastBytes({ body }: Response, mostBytes: number): Promise<Buffer> {
  let kept: Buffer = Buffer.alloc(0);
  for await (const chunk of body ?? []) {
    kept = Buffer.concat([kept, chunk as Uint8Array]);
    if (kept.length > mostBytes) kept = Buffer.from(kept.subarray(kept.length - mostBytes));
  }
  return kept;
}

/** UTF-8, from the first whole character on. */
function text(bytes: Buffer): string {
  const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return new TextDecoder().decode(bytes.subarray(Math.max(0, start)));
}
