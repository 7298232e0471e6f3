/** Virtual time: nothing happens between two events, and everything that follows from one happens before the next. */
export type Scheduler = {
  nowMs(): number;
  /** `act` happens then (now at the earliest), after what was planned for the same time before it. */
  at(atMs: number, act: () => void): void;
  after(ms: number, act: () => void): void;
  /** Lets everything happen that is planned up to `untilMs`; `step` is called after each event and its consequences. */
  run(untilMs: number, step: () => void): Promise<void>;
  /** Events that have happened. */
  steps(): number;
};

type Event = { readonly atMs: number; readonly order: number; readonly act: () => void };

/**
 * Resolves when every promise that can go on has done so: a tick that is asked for by one of them comes after all of
 * them.
 */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
}

/** Lets this thread's own messages out. Taken before timers are forbidden. */
const breathe = (
  (immediate) => (): Promise<void> =>
    new Promise((resolve) => void immediate(resolve))
)(setImmediate);
const breatheEvery = 5000;

export function scheduler(startMs: number): Scheduler {
  const heap: Event[] = [];
  let nowMs = startMs;
  let order = 0;
  let steps = 0;
  const at = (atMs: number, act: () => void): void => {
    order += 1;
    push(heap, { atMs: Math.max(nowMs, Math.ceil(atMs)), order, act });
  };
  return {
    nowMs: () => nowMs,
    at,
    after: (ms, act) => at(nowMs + ms, act),
    steps: () => steps,
    async run(untilMs, step) {
      for (;;) {
        const next = heap[0];
        if (next === undefined || next.atMs > untilMs) break;
        pop(heap);
        nowMs = next.atMs;
        steps += 1;
        next.act();
        await settle();
        if (steps % breatheEvery === 0) await breathe();
        step();
      }
      nowMs = untilMs;
    },
  };
}

function isBefore(left: Event, right: Event): boolean {
  return left.atMs === right.atMs ? left.order < right.order : left.atMs < right.atMs;
}

function push(heap: Event[], event: Event): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent] as Event;
    if (!isBefore(event, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop() as Event;
  if (heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
    if (!isBefore(heap[child] as Event, last)) break;
    heap[index] = heap[child] as Event;
    index = child;
  }
  heap[index] = last;
}
