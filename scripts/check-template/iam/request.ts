/** Keys of a request that conditions look at. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** What IAM decides on: one action on one resource. */
export type Request = {
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
};

/** A request that the service makes. */
export type Need = Request & {
  /** What makes it: `ec2:RunInstances`, or a feature of AWS that acts with the role. */
  readonly by: string;
  /** The same request with one of these instead must be denied; a key without a value is left out. */
  readonly not: readonly Change[];
};

/** What makes a request one that nobody should make. */
export type Change = {
  /** Completes "which is …": `of another stack`. */
  readonly why: string;
  readonly resource?: string;
  readonly context?: Readonly<Record<string, string | readonly string[] | undefined>>;
};

/** A request that must be denied. */
export type Forbidden = Request & { readonly why: string };

export type NeedDetails = { readonly context?: Context; readonly not?: readonly Change[] };

/** A need, briefly. */
export function need(by: string, action: string, resource: string, details: NeedDetails = {}): Need {
  return { by, action, resource, context: details.context ?? {}, not: details.not ?? [] };
}

/** The request with something changed. */
export function changed({ action, resource, context }: Request, change: Change): Forbidden {
  const keys = Object.entries({ ...context, ...change.context });
  return {
    action,
    resource: change.resource ?? resource,
    context: Object.fromEntries(keys.filter((key): key is [string, string | string[]] => key[1] !== undefined)),
    why: change.why,
  };
}

/** Equal for equal requests. */
export function requestKey({ action, resource, context }: Request): string {
  return JSON.stringify([action, resource, Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
