/** How bad it is: with an `error` the file is not used, a `warning` is probably a slip, a `notice` is worth knowing. */
export type ProblemSeverity = "error" | "warning" | "notice";

/**
 * Every kind of problem that a `.github/runner.yml` or the operator's `policy.yml` can have. docs/runner-yml.md lists the
 * same; a test keeps them equal.
 */
export const problemKinds = {
  "MF-CONFIG-SIZE": { severity: "error", meaning: "The file is larger than 64 KiB." },
  "MF-CONFIG-YAML": {
    severity: "error",
    meaning: "The file is not YAML 1.2 in UTF-8, has a key twice, more than one document, or too many aliases.",
  },
  "MF-CONFIG-SHAPE": {
    severity: "error",
    meaning: "Something else stands where a mapping (or a list of mappings) is needed.",
  },
  "MF-CONFIG-KEY": { severity: "error", meaning: "There is no such key at this place." },
  "MF-CONFIG-MISSING": { severity: "error", meaning: "A key that must be there is not (`policy.yml` only)." },
  "MF-CONFIG-NAME": { severity: "error", meaning: "A name that nothing can have: no label could say it." },
  "MF-CONFIG-RESERVED": { severity: "error", meaning: "The runner has the name of an execution." },
  "MF-CONFIG-NAME-TWICE": { severity: "error", meaning: "Two names of runners differ in upper and lower case only." },
  "MF-CONFIG-VALUE": { severity: "error", meaning: "The key does not take this value. Nothing is converted." },
  "MF-CONFIG-EXECUTION": {
    severity: "error",
    meaning: "The key means nothing for the runner's execution, or asks for more than the execution has.",
  },
  "MF-CONFIG-INSTANCE-TYPE": { severity: "error", meaning: "EC2 has no instance type of this name." },
  "MF-CONFIG-ARCH": {
    severity: "error",
    meaning: "Instance type or image is of another architecture than the runner.",
  },
  "MF-CONFIG-LABELS": { severity: "error", meaning: "`labels` without `self-hosted`." },
  "MF-CONFIG-LABELS-TWICE": { severity: "error", meaning: "Two runners have the same set of labels." },
  "MF-CONFIG-POLICY": { severity: "error", meaning: "The operator's policy does not allow the value." },
  "MF-CONFIG-UNDEFINED": { severity: "error", meaning: "The operator's policy defines no such name." },
  "MF-CONFIG-REPEATED": { severity: "warning", meaning: "A list names the same thing twice; the second is ignored." },
  "MF-CONFIG-IGNORED": { severity: "warning", meaning: "The value has no effect beside another one." },
  "MF-CONFIG-CAP": { severity: "warning", meaning: "A cap that another one never lets it reach." },
  "MF-CONFIG-WORKFLOW-RUNNER": {
    severity: "error",
    meaning: "A workflow's `runs-on` names a runner that nobody defines: the job would be refused.",
  },
  "MF-CONFIG-WORKFLOW-LABEL": {
    severity: "error",
    meaning: "A workflow's `runs-on` has labels that Mayfly would refuse.",
  },
  "MF-CONFIG-NEAR-MISS": {
    severity: "warning",
    meaning: "A workflow's `runs-on` looks as if it meant Mayfly, but is not for it.",
  },
  "MF-CONFIG-UNUSED": { severity: "notice", meaning: "No workflow uses the runner." },
  "MF-CONFIG-SHARED-LABEL": {
    severity: "notice",
    meaning: "One job keeps all jobs with the same label from Lambda, where the others would be fine.",
  },
} as const satisfies Readonly<Record<string, { readonly severity: ProblemSeverity; readonly meaning: string }>>;

/** Stable: people search for it. */
export type ProblemCode = keyof typeof problemKinds;

/** One problem of a file. */
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
