import type { Defaults } from "./definition.ts";
import { plainValue } from "../../adapters/workflow-file/plain-value.ts";

/** The `defaults:` of a workflow or a job. */
export function parseDefaults(value: unknown): Defaults {
  const run = plainValue.record(plainValue.record(value)["run"]);
  const shell = plainValue.text(run["shell"]);
  const workingDirectory = plainValue.text(run["working-directory"]);
  return {
    run: { ...(shell === undefined ? {} : { shell }), ...(workingDirectory === undefined ? {} : { workingDirectory }) },
  };
}
