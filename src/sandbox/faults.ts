/**
 * Faults that a person or a test asks the fakes for: `SERVICE.OPERATION:KIND[:COUNT]`.
 *
 * KIND is `lost-reply` (the effect happens, the connection breaks), an HTTP status (answered before any effect), an
 * error code of that service (the same, by name) or one of the operation's own kinds, for example `drop`.
 */
export type Fault = {
  readonly service: string;
  readonly operation: string;
  readonly kind: string;
  /** How many calls it still strikes. */
  readonly count: number;
};

/** What can be broken: service → operation → kinds beside `lost-reply`, a status and an error code. */
export type FaultCatalogue = Readonly<
  Record<string, Readonly<Record<string, { readonly kinds: readonly string[]; readonly codes: readonly string[] }>>>
>;

export type Faults = {
  /** The kind of fault that strikes this call, or undefined. Each answer uses one up. */
  take(service: string, operation: string): string | undefined;
};

/** Parses one `--fault` argument against the catalogue; throws an Error whose message says what would be right. */
export function parseFault(text: string, catalogue: FaultCatalogue): Fault {
  const match = /^([a-z0-9]+)\.([A-Za-z0-9-]+):([A-Za-z0-9.-]+)(?::(\d+))?$/.exec(text);
  if (match === null) throw new Error(`--fault ${text}: expected SERVICE.OPERATION:KIND[:COUNT], see --fault help`);
  const [, service = "", operation = "", kind = "", count = "1"] = match;
  const operations = catalogue[service];
  if (operations === undefined) {
    throw new Error(`--fault ${text}: no service ${service}; there is ${Object.keys(catalogue).join(", ")}`);
  }
  const known = operations[operation];
  if (known === undefined) {
    throw new Error(`--fault ${text}: ${service} has no ${operation}; it has ${Object.keys(operations).join(", ")}`);
  }
  const kinds = [...known.kinds, ...known.codes];
  const isStatus = /^[45]\d\d$/.test(kind) && known.kinds.includes("status");
  if (!isStatus && !kinds.includes(kind)) {
    throw new Error(`--fault ${text}: ${service}.${operation} takes ${kinds.join(", ")}`);
  }
  if (Number(count) < 1) throw new Error(`--fault ${text}: COUNT must be 1 or more`);
  return { service, operation, kind, count: Number(count) };
}

/** Hands out the given faults in their order, each as often as its count says. */
export function faultSupply(faults: readonly Fault[]): Faults {
  const left = faults.map((fault) => ({ ...fault }));
  return {
    take(service, operation) {
      const found = left.find((fault) => fault.service === service && fault.operation === operation && fault.count > 0);
      if (found === undefined) return undefined;
      found.count -= 1;
      return found.kind;
    },
  };
}
