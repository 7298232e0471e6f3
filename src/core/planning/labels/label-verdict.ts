import type { ErrorCode } from "../../errors/catalogue.ts";
import type { Arch } from "../../model/machine.ts";
import type { OptionKey, OptionValues } from "../options.ts";
import type { RunnerDefinition } from "../runner-config/runner-config.ts";

/** What a job's labels ask of us. */
export type LabelVerdict =
  /** `nearMiss`: a sentence for somebody who may have meant us, with what to write instead. */
  | { readonly kind: "not-ours"; readonly nearMiss?: string | undefined }
  | LabelRefusal
  | {
      readonly kind: "ours";
      /**
       * In lower case: a runner of the file, or built in (`default`, `lambda`, `ec2`, `microvm`), or a name that nobody
       * defined.
       */
      readonly runner: string;
      /** Whether a Mayfly label named it, or the whole set is that of a runner's `labels`. */
      readonly by: "label" | "set";
      /** The Mayfly label, in lower case. */
      readonly label: string | undefined;
      readonly overrides: OptionValues;
    };

/** Labels that no runner of ours could ever serve. */
export type LabelRefusal = { readonly kind: "refused"; readonly code: ErrorCode; readonly detail: string };

/** What labels are read by, beside the prefix. */
export type KnownRunners = {
  /** By name in lower case. */
  readonly runners: ReadonlyMap<string, RunnerDefinition>;
  /** Keys that a label may override; undefined: all that labels know. */
  readonly labelOverrides: readonly OptionKey[] | undefined;
  /** Of runners that do not say; x64 without it. */
  readonly defaultArch?: Arch | undefined;
};
