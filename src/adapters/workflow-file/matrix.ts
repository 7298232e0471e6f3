import { isDeepStrictEqual } from "node:util";
import { evaluateDeep } from "./expressions.ts";
import type { Contexts } from "./expressions.ts";
import { plainValue } from "./plain-value.ts";

export type MatrixValues = Readonly<Record<string, unknown>>;

/** GitHub makes at most so many jobs of one matrix. */
const MAX_JOBS = 256;
/** Comparisons of combinations with excludes: far more than anybody writes, far fewer than hurt. */
const MAX_COMPARISONS = 1_000_000;

/**
 * The combinations of a matrix in GitHub's order (the first key changes slowest), after `exclude` and `include` by
 * the rules of its workflow syntax page. Throws an Error for what GitHub refuses: no vector, an empty vector, an
 * exclude key that is no vector, more than 256 jobs, a wrong expression.
 */
export function expandMatrix(
  matrix: MatrixValues | string,
  contexts: Contexts,
): { readonly values: Readonly<Record<string, unknown>> }[] {
  const { vectors, includes, excludes } = readMatrix(matrix, contexts);
  if (vectors.length === 0 && includes.length === 0) throw new Error("Matrix must define at least one vector");
  const products = product(vectors);
  if (products.length * excludes.length > MAX_COMPARISONS) throw new Error("The matrix has too many excludes");
  const originals = products.filter((values) => !excludes.some((filter) => matches(values, filter)));
  checkCount(originals.length);
  const combinations = applyIncludes(originals, includes);
  if (combinations.length === 0) throw new Error("Matrix has no combination left after its excludes");
  checkCount(combinations.length);
  return combinations.map((values) => ({ values }));
}

/** Includes never make the jobs of a matrix fewer, hence the check before them too. */
function checkCount(jobs: number): void {
  if (jobs > MAX_JOBS) throw new Error(`The matrix gives ${String(jobs)} jobs, more than ${String(MAX_JOBS)}`);
}

/**
 * Those of a combination's values that stand in the job's name: what `include` added to a combination of the vectors
 * does not; a combination that `include` made of its own shows all of its values.
 */
export function shownValues(matrix: MatrixValues | string, values: MatrixValues, contexts: Contexts): MatrixValues {
  const { vectors, excludes } = readMatrix(matrix, contexts);
  const isOriginal =
    vectors.length > 0 &&
    vectors.every(([key, list]) => list.some((value) => isDeepStrictEqual(value, values[key]))) &&
    !excludes.some((filter) => matches(values, filter));
  return isOriginal ? Object.fromEntries(vectors.map(([key]) => [key, values[key]])) : values;
}

type Matrix = {
  readonly vectors: readonly (readonly [string, readonly unknown[]])[];
  readonly includes: readonly MatrixValues[];
  readonly excludes: readonly MatrixValues[];
};

function readMatrix(matrix: MatrixValues | string, contexts: Contexts): Matrix {
  const evaluated = evaluateDeep(matrix, contexts);
  if (!plainValue.isRecord(evaluated)) throw new Error("The matrix is not a mapping");
  const { include = [], exclude = [], ...rest } = evaluated;
  const excludes = readFilters("exclude", exclude);
  for (const key of excludes.flatMap((filter) => Object.keys(filter))) {
    if (!Object.hasOwn(rest, key)) {
      throw new Error(`Matrix exclude key '${key}' does not match any key within the matrix`);
    }
  }
  const vectors = Object.entries(rest).map(([key, list]) => [key, readVector(key, list)] as const);
  return { vectors, includes: readFilters("include", include), excludes };
}

function readVector(key: string, list: unknown): unknown[] {
  if (!Array.isArray(list)) throw new Error(`Matrix vector '${key}' is not a list`);
  if (list.length === 0) throw new Error(`Matrix vector '${key}' does not contain any values`);
  return list as unknown[];
}

function readFilters(key: string, list: unknown): Record<string, unknown>[] {
  if (!Array.isArray(list) || !list.every((item) => plainValue.isRecord(item))) {
    throw new Error(`Matrix ${key} is not a list of mappings`);
  }
  return list;
}

function product(vectors: readonly (readonly [string, readonly unknown[]])[]): MatrixValues[] {
  if (vectors.length === 0) return [];
  const size = vectors.reduce((count, [, list]) => count * list.length, 1);
  // far more than can be used, far fewer than hurt: excludes may still bring it down to 256
  if (size > MAX_JOBS * MAX_JOBS) throw new Error(`The matrix has ${String(size)} combinations`);
  return vectors.reduce<MatrixValues[]>(
    (combinations, [key, list]) =>
      combinations.flatMap((values) => list.map((value) => Object.assign({}, values, { [key]: value }))),
    [{}],
  );
}

/** Each pair of the filter stands in the values; a mapping in it may name a part of the value's keys only. */
function matches(values: MatrixValues, filter: MatrixValues): boolean {
  return Object.entries(filter).every(([key, wanted]) => {
    const value = values[key];
    if (plainValue.isRecord(wanted)) return plainValue.isRecord(value) && matches(value, wanted);
    return sameScalar(value, wanted);
  });
}

/** GitHub compares by the `==` of its expressions: letter case does not count, a number equals its text. */
function sameScalar(left: unknown, right: unknown): boolean {
  if (typeof left === "string" && typeof right === "string") return left.toUpperCase() === right.toUpperCase();
  if (typeof left !== typeof right && left !== null && right !== null) {
    return typeof left !== "object" && typeof right !== "object" && Number(left) === Number(right);
  }
  return isDeepStrictEqual(left, right);
}

/**
 * An entry is added to every original combination of which it changes no original value; later entries may overwrite
 * what earlier ones added. An entry that fits nowhere becomes a combination of its own.
 */
function applyIncludes(originals: readonly MatrixValues[], includes: readonly MatrixValues[]): MatrixValues[] {
  const extended = originals.map((original) => ({ original, values: original }));
  const added: MatrixValues[] = [];
  for (const entry of includes) {
    let fits = false;
    for (const combination of extended) {
      const shared = Object.entries(entry).filter(([key]) => Object.hasOwn(combination.original, key));
      if (!matches(combination.original, Object.fromEntries(shared))) continue;
      combination.values = { ...combination.values, ...entry, ...combination.original };
      fits = true;
    }
    if (!fits) added.push(entry);
  }
  return [...extended.map(({ values }) => values), ...added];
}
