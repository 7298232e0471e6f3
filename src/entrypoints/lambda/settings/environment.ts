export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables one by one and remembers what is wrong with them. */
export type EnvironmentReader = {
  /** The text; when there is none that is a problem, and the text is empty. */
  required(name: string): string;
  /** Undefined when it is missing or empty. */
  optional(name: string): string | undefined;
  /** `read` throws an `Error` that says what is wrong with the text; the result is then undefined. */
  parsed<T>(name: string, read: (text: string) => T): T | undefined;
};

/**
 * Makes settings of the environment, which is looked at once, at the start. Throws an `Error` with every problem, a line
 * each; values are not repeated, some of them might be secrets that ended up in the wrong place.
 */
export function readEnvironment<T>(environment: Environment, make: (reader: EnvironmentReader) => T): T {
  const problems: string[] = [];
  const textOf = (name: string): string | undefined => {
    const text = environment[name]?.trim();
    return text === "" ? undefined : text;
  };
  const made = make({
    optional: textOf,
    required(name) {
      const text = textOf(name);
      if (text === undefined) problems.push(`${name} is not set`);
      return text ?? "";
    },
    parsed(name, read) {
      const text = textOf(name);
      if (text === undefined) return undefined;
      try {
        return read(text);
      } catch (error) {
        problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      }
    },
  });
  if (problems.length > 0) throw new Error(`The environment of this function is wrong.\n${problems.join("\n")}`);
  return made;
}
