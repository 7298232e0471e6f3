export type ChangedFiles = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
};

/** Paths by which two trees differ, as `push` payloads list them. */
export function changedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): ChangedFiles {
  return {
    added: [...after.keys()].filter((path) => !before.has(path)),
    removed: [...before.keys()].filter((path) => !after.has(path)),
    modified: [...after].filter(([path, text]) => before.has(path) && before.get(path) !== text).map(([path]) => path),
  };
}

/** A tree with changes: path → text, null: deleted. */
export function withChanges(
  tree: ReadonlyMap<string, string>,
  changes: Iterable<readonly [string, string | null]>,
): Map<string, string> {
  const files = new Map(tree);
  for (const [path, text] of changes) {
    if (text === null) files.delete(path);
    else files.set(path, text);
  }
  return files;
}
