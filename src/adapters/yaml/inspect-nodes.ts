import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Alias, Node, Pair, YAMLMap } from "yaml";
import { isMergeKey } from "./is-merge-key.ts";
import { keyName } from "./key-name.ts";
import { spanOf } from "./span.ts";
import type { Span } from "./span.ts";

/** A problem at a piece of the text. */
export type Finding = { readonly span: Span; readonly message: string };

export type Inspection = {
  readonly findings: readonly Finding[];
  /** False: the nodes must not be turned into plain values, it might never end or mean something else. */
  readonly plain: boolean;
  /** What each alias stands for. */
  readonly aliases: ReadonlyMap<Alias, Node>;
};

/** No file of settings is deeper; far deeper ones would exhaust the stack. */
const deepest = 32;

type Walk = {
  readonly findings: Finding[];
  readonly aliases: Map<Alias, Node>;
  readonly anchors: Map<string, Node>;
  /** Nodes that contain the one which is being looked at. */
  readonly above: Set<unknown>;
  plain: boolean;
};

/**
 * Finds what the library lets pass: duplicate keys (at the second one; the library's own check takes quadratic time),
 * keys that are no text, aliases without an anchor or within their own, merge keys without a mapping. Nested keys must
 * be found before the library makes plain values: 60 KB of `? ? ? …` take it minutes.
 */
export function inspectNodes(contents: unknown): Inspection {
  const walk: Walk = { findings: [], aliases: new Map(), anchors: new Map(), above: new Set(), plain: true };
  inspect(walk, contents);
  return { findings: walk.findings, plain: walk.plain, aliases: walk.aliases };
}

function inspect(walk: Walk, node: unknown): void {
  if (isAlias(node)) {
    inspectAlias(walk, node);
    return;
  }
  if (isScalar(node) && node.anchor !== undefined) walk.anchors.set(node.anchor, node);
  if (!isMap(node) && !isSeq(node)) return;
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node);
  if (walk.above.size >= deepest) {
    find(walk, node, `Nested deeper than ${deepest} levels`);
    return;
  }
  walk.above.add(node);
  if (isMap(node)) inspectMap(walk, node);
  else for (const item of node.items) inspect(walk, item);
  walk.above.delete(node);
}

function inspectAlias(walk: Walk, alias: Alias): void {
  const target = walk.anchors.get(alias.source);
  if (target === undefined) find(walk, alias, `There is no anchor &${alias.source} before the alias *${alias.source}`);
  else if (walk.above.has(target)) find(walk, alias, `The alias *${alias.source} stands within its own anchor`);
  else walk.aliases.set(alias, target);
}

function inspectMap(walk: Walk, map: YAMLMap): void {
  const names = new Set<unknown>();
  for (const pair of map.items) {
    inspectKey(walk, pair, names);
    inspect(walk, pair.value);
    if (isMergeKey(pair.key)) inspectMerge(walk, pair);
  }
}

function inspectKey(walk: Walk, { key }: Pair, names: Set<unknown>): void {
  if (isMergeKey(key)) return;
  if (!isScalar(key)) {
    find(walk, key, "A key must be a text");
    return;
  }
  if (key.anchor !== undefined) walk.anchors.set(key.anchor, key);
  if (names.has(key.value)) report(walk, key, `The key ${JSON.stringify(key.value)} stands twice in this mapping`);
  else if (typeof key.value !== "string") report(walk, key, mustBeText(key.value));
  names.add(key.value);
}

function mustBeText(value: unknown): string {
  return value === null ? "A key is missing or null" : `A key must be a text: write it in quotes, "${keyName(value)}"`;
}

function inspectMerge(walk: Walk, { key, value }: Pair): void {
  const target = (node: unknown): unknown => (isAlias(node) ? walk.aliases.get(node) : node);
  const sources = target(value);
  const all = isSeq(sources) ? sources.items.map(target) : [sources];
  // An alias of nothing has been reported already.
  const fine = all.every((source) => source === undefined || isMap(source));
  if (!fine) find(walk, key, "A merge key `<<` takes a mapping, an alias of one, or a list of those");
}

/** A problem after which the rest can still be read. */
function report(walk: Walk, node: unknown, message: string): void {
  walk.findings.push({ span: spanOf(node) ?? [0, 0], message });
}

function find(walk: Walk, node: unknown, message: string): void {
  walk.plain = false;
  report(walk, node, message);
}
