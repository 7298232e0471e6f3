import type { Rule } from "../options.ts";

/** A text of a pattern. */
export type TextRule = {
  readonly type: "text";
  /** What it is, with its article. */
  readonly what: string;
  readonly example: string;
  readonly pattern: RegExp;
};

/** A list of values of one rule. */
export type ItemsRule = {
  readonly type: "items";
  readonly of: FileRule;
  readonly fewest: number;
  readonly most: number;
};

/** A mapping of names that the file gives to things of one rule. */
export type NamesRule = {
  readonly type: "names";
  /** What a name stands for: `runner`, and several of them: `runners`. */
  readonly one: string;
  readonly many: string;
  readonly of: FileRule;
};

/** A mapping of keys that are known. */
export type KeysRule = {
  readonly type: "keys";
  readonly keys: FileKeys;
  /** At least one of these must be there. */
  readonly anyOf?: readonly string[];
};

/** What may stand in one of Mayfly's files, at any level of it. */
export type FileRule = Rule | TextRule | ItemsRule | NamesRule | KeysRule;

/** One key of a file. */
export type FileKey = {
  readonly rule: FileRule;
  /** The mapping is of no use without it. */
  readonly required?: true;
  /** What a number counts. */
  readonly unit?: string;
  /** What holds without the key, in words. */
  readonly default?: string;
  readonly description: string;
};

export type FileKeys = Readonly<Record<string, FileKey>>;

/** What is read by a rule when nothing is wrong. */
export type Read<R> = R extends { type: "choice"; values: readonly (infer Word)[] }
  ? Word
  : R extends { type: "list" }
    ? readonly string[]
    : R extends { type: "number" }
      ? number
      : R extends { type: "name" | "text" }
        ? string
        : R extends { type: "items"; of: infer Item }
          ? readonly Read<Item>[]
          : R extends { type: "names"; of: infer Thing }
            ? ReadonlyMap<string, Read<Thing>>
            : R extends { type: "keys"; keys: infer Keys }
              ? ReadKeys<Keys>
              : never;

type RequiredOf<Keys> = { [Key in keyof Keys]: Keys[Key] extends { required: true } ? Key : never }[keyof Keys];
type ReadRule<K> = K extends { rule: infer R } ? Read<R> : never;

/** Values of known keys; one that was not written is missing. */
export type ReadKeys<Keys> = { readonly [Key in RequiredOf<Keys>]: ReadRule<Keys[Key]> } & {
  readonly [Key in Exclude<keyof Keys, RequiredOf<Keys>>]?: ReadRule<Keys[Key]> | undefined;
};
