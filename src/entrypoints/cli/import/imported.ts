import type { OptionKey } from "../../../core/planning/options.ts";

/** What was read from somebody else's file, as a `.github/runner.yml` would say it. */
export type Imported = {
  /** Comments above the runners, a line each. */
  readonly introduction: readonly string[];
  readonly runners: readonly ImportedRunner[];
  readonly notes: readonly Note[];
};

export type ImportedRunner = {
  readonly name: string;
  /** Where it stands in the imported file, 1-based. */
  readonly line: number;
  readonly keys: readonly ImportedKey[];
};

/** A key with its value; `comment` says what it was made of. */
export type ImportedKey = { readonly key: OptionKey; readonly value: unknown; readonly comment?: string | undefined };

/** What has no counterpart, or needs a person's eye; the line is that of the imported file. */
export type Note = { readonly line: number; readonly message: string };
