import { fileOptions, options } from "../options.ts";
import type { KeysRule } from "./file-rule.ts";

/** The whole of `.github/runner.yml`. */
export const runnerFile = {
  type: "keys",
  keys: {
    runners: {
      rule: { type: "names", one: "runner", many: "runners", of: { type: "keys", keys: options } },
      description: "Names to runners: `runs-on: mayfly/NAME`; `default` shapes plain `runs-on: mayfly`.",
    },
    ...fileOptions,
  },
} as const satisfies KeysRule;
