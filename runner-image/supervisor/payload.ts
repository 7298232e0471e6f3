/** What the invocation carries: enough to claim, nothing secret beside the claim token, no JIT config. */
export type Payload = {
  readonly runner: string;
  readonly token: string;
  /** Base URL of the host channel, without a slash at its end. */
  readonly hostUrl: string;
  readonly claimByMs: number;
  readonly endByMs: number;
};

/** Reads the invocation's event; throws an Error that names what is wrong without repeating any value. */
export function parsePayload(text: string): Payload {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    throw new Error("the event is not JSON");
  }
  if (typeof event !== "object" || event === null) throw new Error("the event is not an object");
  const fields = event as Readonly<Record<string, unknown>>;
  const string = (name: string): string => {
    const value = fields[name];
    if (typeof value !== "string" || value === "") throw new Error(`the event's ${name} is not a text`);
    return value;
  };
  const number = (name: string): number => {
    const value = fields[name];
    if (typeof value !== "number" || !Number.isFinite(value)) throw new Error(`the event's ${name} is not a number`);
    return value;
  };
  const hostUrl = string("hostUrl").replace(/\/+$/, "");
  if (!/^https?:$/.test(URL.parse(hostUrl)?.protocol ?? "")) throw new Error("the event's hostUrl is not a URL");
  return {
    runner: string("runner"),
    token: string("token"),
    hostUrl,
    claimByMs: number("claimByMs"),
    endByMs: number("endByMs"),
  };
}
