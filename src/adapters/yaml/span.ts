import { isAlias, isMap, isScalar, isSeq } from "yaml";

/** Offsets of a piece of the text: its first character and the one behind its last. */
export type Span = readonly [start: number, end: number];

/** Where a node stands, without the white space and the comments behind it; undefined when it is not in the text. */
export function spanOf(node: unknown): Span | undefined {
  if (!isAlias(node) && !isMap(node) && !isSeq(node) && !isScalar(node)) return undefined;
  const { range } = node;
  return range === undefined || range === null ? undefined : [range[0], range[1]];
}
