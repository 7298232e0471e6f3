/** How bad it is: with an `error` the file is not used, a `warning` is probably a slip, a `notice` is worth knowing. */
export type ProblemSeverity = "error" | "warning" | "notice";

/** Every kind of problem that a `.github/runner.yml` can have. docs/runner-yml.md lists the same; a test keeps them equal. */
export const problemKinds = {
  "MF-CONFIG-SIZE": { severity: "error", meaning: "The file is larger than 64 KiB." },
  "MF-CONFIG-YAML": {
    severity: "error",
    meaning: "The file is not YAML 1.2, has a key twice, more than one document, or too many aliases.",
  },
  "MF-CONFIG-SHAPE": { severity: "error", meaning: "Something else than a mapping stands where one is needed." },
  "MF-CONFIG-KEY": { severity: "error", meaning: "There is no such key." },
  "MF-CONFIG-NAME": { severity: "error", meaning: "No label could name a runner of this name." },
  "MF-CONFIG-RESERVED": { severity: "error", meaning: "The runner has the name of an execution." },
  "MF-CONFIG-NAME-TWICE": { severity: "error", meaning: "Two names of runners differ in upper and lower case only." },
  "MF-CONFIG-VALUE": { severity: "error", meaning: "The key does not take this value. Nothing is converted." },
  "MF-CONFIG-NOT-YET": { severity: "error", meaning: "The value is planned, but this Mayfly does not know it yet." },
  "MF-CONFIG-EXECUTION": { severity: "error", meaning: "The key means nothing for the runner's execution." },
  "MF-CONFIG-REPEATED": { severity: "warning", meaning: "A list names the same thing twice; the second is ignored." },
} as const satisfies Readonly<Record<string, { readonly severity: ProblemSeverity; readonly meaning: string }>>;

/** `MF-CONFIG-*`, stable: people search for it. */
export type ProblemCode = keyof typeof problemKinds;

/** One problem of a `.github/runner.yml`. */
export type Problem = {
  readonly code: ProblemCode;
  readonly severity: ProblemSeverity;
  /** All 1-based; the end is behind its last character. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** What is wrong and what would be right, in sentences. */
  readonly message: string;
  /** Keys that lead to it from the top of the file; empty for a problem of the whole file. */
  readonly path: readonly (string | number)[];
};
