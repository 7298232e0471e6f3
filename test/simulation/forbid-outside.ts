/**
 * Takes time, randomness, timers, the network and cryptography away from everything in this thread: what the core does
 * may follow from its ports alone. What the simulation itself needs of them must have been taken before.
 */
export function forbidOutside(): void {
  const forbidden = (name: string) => (): never => {
    throw new Error(`${name} is forbidden in the simulation`);
  };
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct(target, given) {
      if (given.length === 0) forbidden("new Date()")();
      return Reflect.construct(target, given) as Date;
    },
    apply: forbidden("Date()"),
    get: (target, key) => (key === "now" ? forbidden("Date.now") : (Reflect.get(target, key) as unknown)),
  });
  Math.random = forbidden("Math.random");
  for (const name of ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "fetch"] as const) {
    Object.defineProperty(globalThis, name, { value: forbidden(name), configurable: true });
  }
  Object.defineProperty(globalThis.performance, "now", { value: forbidden("performance.now") });
  Object.defineProperty(globalThis, "crypto", { get: forbidden("crypto"), configurable: true });
}
