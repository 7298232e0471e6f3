import { ec2Error, invalidValue } from "./ec2-error.ts";

/**
 * Parameters of EC2's query protocol: `SubnetId=…`, `Filter.1.Name=…`, `Filter.1.Value.2=…`. What an operation has not
 * asked for is unknown to it.
 */
export type QueryInput = {
  text(name: string): string | undefined;
  /** Throws when it is missing. */
  wanted(name: string): string;
  integer(name: string, least: number, most: number): number | undefined;
  flag(name: string): boolean | undefined;
  /** NAME.1, NAME.2, … in the order of their numbers. */
  texts(name: string): string[];
  group(name: string): QueryInput | undefined;
  groups(name: string): QueryInput[];
  /** Throws for a parameter that was sent and never read. */
  refuseUnread(): void;
  /** The same text for the same parameters with the same values, but for those of these names. */
  fingerprint(without: readonly string[]): string;
};

/** Reads the body of a request; of a repeated name the first value counts. Readers throw `AwsError`s. */
export function queryInput(body: string): QueryInput {
  const parameters = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(body)) if (!parameters.has(key)) parameters.set(key, value);
  return below(parameters, new Set(), "");
}

function below(parameters: ReadonlyMap<string, string>, read: Set<string>, prefix: string): QueryInput {
  const numbers = (name: string): number[] => {
    const start = `${prefix}${name}.`;
    const found = [...parameters.keys()].flatMap((key) => {
      const number = key.startsWith(start) ? /^\d{1,4}(?=\.|$)/.exec(key.slice(start.length))?.[0] : undefined;
      return number === undefined ? [] : [Number(number)];
    });
    return [...new Set(found)].toSorted((left, right) => left - right);
  };
  const text = (name: string): string | undefined => {
    read.add(prefix + name);
    return parameters.get(prefix + name);
  };
  return {
    text,
    wanted(name) {
      const value = text(name);
      if (value === undefined || value === "") {
        throw ec2Error("MissingParameter", `The request must contain the parameter ${prefix}${name}`);
      }
      return value;
    },
    integer(name, least, most) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!/^-?\d{1,9}$/.test(value) || Number(value) < least || Number(value) > most) {
        throw invalidValue(value, prefix + name, `Expecting a value from ${least} to ${most}.`);
      }
      return Number(value);
    },
    flag(name) {
      const value = text(name);
      if (value === undefined || value === "true" || value === "false") return value && value === "true";
      throw invalidValue(value, prefix + name, "Expecting true or false.");
    },
    texts: (name) => numbers(name).map((number) => text(`${name}.${number}`) ?? ""),
    group(name) {
      const start = `${prefix}${name}.`;
      return [...parameters.keys()].some((key) => key.startsWith(start)) ? below(parameters, read, start) : undefined;
    },
    groups: (name) => numbers(name).map((number) => below(parameters, read, `${prefix}${name}.${number}.`)),
    refuseUnread() {
      const unknown = [...parameters.keys()].find((key) => !read.has(key));
      if (unknown !== undefined) throw ec2Error("UnknownParameter", `The parameter ${unknown} is not recognized`);
    },
    fingerprint: (without) =>
      JSON.stringify(
        [...parameters].filter(([key]) => !without.includes(key)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
  };
}
