import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Alias, Node, Pair, YAMLMap } from "yaml";
import { isMergeKey } from "./is-merge-key.ts";
import { keyName } from "./key-name.ts";
import { spanOf } from "./span.ts";
import type { Span } from "./span.ts";

export type Path = readonly (string | number)[];
type Aliases = ReadonlyMap<Alias, Node>;

/**
 * A function that finds where the key or the value of a path stands in the text, through aliases and merge keys:
 * what was merged is where it is written. Undefined when there is nothing at this path. An empty value is at its key.
 */
export function spanFinder(
  contents: unknown,
  aliases: Aliases,
): (path: Path, part: "key" | "value") => Span | undefined {
  const find = pairFinder(aliases);
  const target = (node: unknown): unknown => (isAlias(node) ? aliases.get(node) : node);
  return (path, part) => {
    let node = contents;
    let at = spanOf(node);
    for (const [index, step] of path.entries()) {
      const parent = target(node);
      const wantsKey = part === "key" && index === path.length - 1;
      if (isSeq(parent) && typeof step === "number") {
        node = parent.items[step];
        at = spanOf(node);
      } else {
        const pair = isMap(parent) ? find(parent, String(step)) : undefined;
        node = pair?.value;
        at = wantsKey || isEmpty(node) ? spanOf(pair?.key) : spanOf(node);
      }
      if (at === undefined) return undefined;
    }
    return at;
  };
}

/** Looks up pairs as the library merges them: the mapping's own first, then the sources of `<<` in their order. */
function pairFinder(aliases: Aliases): (map: YAMLMap, key: string) => Pair | undefined {
  const known = new WeakMap<YAMLMap, Map<string, Pair>>();
  const target = (node: unknown): unknown => (isAlias(node) ? aliases.get(node) : node);
  const pairsOf = (map: YAMLMap): Map<string, Pair> => {
    const pairs = known.get(map) ?? new Map<string, Pair>();
    if (known.has(map)) return pairs;
    known.set(map, pairs);
    for (const pair of map.items)
      if (!isMergeKey(pair.key)) pairs.set(isScalar(pair.key) ? keyName(pair.key.value) : "", pair);
    for (const { value } of map.items.filter((pair) => isMergeKey(pair.key))) {
      const source = target(value);
      for (const one of isSeq(source) ? source.items.map(target) : [source]) {
        if (!isMap(one)) continue;
        for (const [key, pair] of pairsOf(one)) if (!pairs.has(key)) pairs.set(key, pair);
      }
    }
    return pairs;
  };
  return (map, key) => pairsOf(map).get(key);
}

function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null && node.source === "");
}
