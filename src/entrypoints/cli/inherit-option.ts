/** What `lint` and `plan` say of `--inherit FILE`, the organisation's runner.yml: nobody can know it from a clone alone. */
export const inheritOption = {
  /** Without the option, of a runner that is not defined. */
  missing: "If your organisation's file defines it, give that file: `--inherit FILE`.",
  /** As jobs are planned where the organisation's file has errors. */
  broken: "has errors, hence nothing is inherited from it",
} as const;
