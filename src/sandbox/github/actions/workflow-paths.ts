const WORKFLOW_FILE = /^\.github\/workflows\/[^/]+\.ya?ml$/;

/** Paths of the workflow files of a tree. */
export function workflowPaths(files: ReadonlyMap<string, string>): string[] {
  return [...files.keys()].filter((path) => WORKFLOW_FILE.test(path));
}
