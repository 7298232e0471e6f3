export type StepConclusion = "success" | "failure" | "cancelled" | "skipped";

export type StepRecord = {
  readonly number: number;
  name: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: StepConclusion | null;
  started_at: string | null;
  completed_at: string | null;
};

export type ReportedStep = {
  begin(name?: string): void;
  end(conclusion: StepConclusion): void;
};

export type StepReport = {
  /** A step that will come, in the order of the calls. */
  add(name: string): ReportedStep;
  /** Sends the last state and ends. */
  close(): Promise<void>;
};

/** GitHub hears of a job at least so often: it is the renewal of the job's lock too. */
const SEND_EVERY_MS = 2000;
/** Changes that follow one another quickly go together. */
const COLLECT_MS = 100;

/** Tells GitHub how the steps stand; `send` answers whether it goes on with the job or wants it stopped. */
export function stepReport(send: (steps: readonly StepRecord[]) => Promise<void>): StepReport {
  const steps: StepRecord[] = [];
  let sending = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let dueMs = Infinity;

  const transmit = (): void => {
    clearTimeout(timer);
    timer = undefined;
    dueMs = Infinity;
    sending = sending.then(() => send(steps)).catch(() => undefined);
    schedule(SEND_EVERY_MS);
  };
  const schedule = (delayMs: number): void => {
    const atMs = Date.now() + delayMs;
    if (atMs >= dueMs) return;
    clearTimeout(timer);
    dueMs = atMs;
    timer = setTimeout(transmit, delayMs);
  };
  return {
    add(name) {
      const step: StepRecord = {
        number: steps.length + 1,
        name,
        status: "queued",
        conclusion: null,
        started_at: null,
        completed_at: null,
      };
      steps.push(step);
      const begin = (newName = step.name): void => {
        step.name = newName;
        step.status = "in_progress";
        step.started_at ??= new Date().toISOString();
        schedule(COLLECT_MS);
      };
      const end = (conclusion: StepConclusion): void => {
        if (step.started_at === null) begin();
        step.status = "completed";
        step.conclusion = conclusion;
        step.completed_at = new Date().toISOString();
        schedule(COLLECT_MS);
      };
      return { begin, end };
    },
    async close() {
      transmit();
      clearTimeout(timer);
      await sending;
    },
  };
}
