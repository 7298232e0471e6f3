/**
 * Gives what `make` made of the newest `read`, and makes it anew only when `read` gives something else: the secrets of a
 * running function may change. What rejects is not kept.
 */
export function remade<From extends object, T>(read: () => Promise<From>, make: (from: From) => T): () => Promise<T> {
  let held: { readonly from: From; readonly made: T } | undefined;
  return async () => {
    const from = await read();
    if (held?.from !== from) held = { from, made: make(from) };
    return held.made;
  };
}
