import type { HostAnswer } from "../../../src/core/pipeline/claim.ts";
import type { Execution } from "../../../src/core/model/execution.ts";
import type { LaunchRequest, Message } from "../../../src/core/ports.ts";
import type { Engine } from "./github/engine.ts";
import type { SimJob, SimRunner } from "./github/state.ts";
import type { Sim } from "./sim.ts";

/** Posts to the host channel; answered with undefined when no answer came. */
export type PostHost = (path: string, body: unknown, answered: (answer: HostAnswer | undefined) => void) => void;

export type MachineOutside = {
  readonly sim: Sim;
  readonly engine: Engine;
  readonly post: PostHost;
  /** Puts what the cloud says about a machine into the work queue. */
  readonly announce: (message: Message) => void;
};

/** The hook asks for so long; without an answer the job may not run. */
const hookMs = 60_000;

type State = "booting" | "claiming" | "connecting" | "listening" | "busy" | "ended";

/**
 * One machine as both hosts make it: it claims, connects its listener, waits for one job, runs it, says that it has
 * ended and is gone.
 */
export class Machine {
  readonly id: string;
  readonly execution: Execution;
  readonly request: LaunchRequest;
  readonly bornMs: number;
  state: State = "booting";
  /** It got a JIT config. */
  claimed = false;
  runner: SimRunner | undefined;
  job: SimJob | undefined;
  /** Its program ended then, by itself; the machine may still be there for a while. */
  leftAtMs: number | undefined;
  endedAtMs: number | undefined;
  why: string | undefined;
  private session = "";
  private endByMs = 0;
  private asks = true;
  private readonly outside: MachineOutside;

  constructor(outside: MachineOutside, execution: Execution, id: string, request: LaunchRequest) {
    this.outside = outside;
    this.execution = execution;
    this.id = id;
    this.request = request;
    this.bornMs = outside.sim.clock.nowMs();
    outside.sim.tell({ kind: "machine", machine: this });
  }

  alive(): boolean {
    return this.state !== "ended";
  }

  listens(): boolean {
    return this.state === "listening";
  }

  /** It has booted: the host program starts. */
  start(): void {
    const { sim } = this.outside;
    if (!this.alive()) return;
    if (sim.clock.nowMs() > this.request.claimByMs) return this.leave("not-claimed", undefined);
    this.state = "claiming";
    this.claim(`claim-of-${this.id}`, 1000);
  }

  private claim(claimId: string, pauseMs: number): void {
    const { sim, post } = this.outside;
    const { runnerName: runner, claimToken: token } = this.request;
    const identity = this.execution === "ec2" ? { document: this.id, signature: "genuine" } : undefined;
    post("/host/claim", { runner, token, claimId, identity }, (answer) => {
      if (this.state !== "claiming") return;
      const jit = answer?.status === 200 ? String(answer.body?.["jitConfig"]) : undefined;
      sim.tell({ kind: "claim", machine: this, status: answer?.status ?? 0, jit });
      if (answer === undefined || answer.status === 503) {
        const waitMs = (answer?.retryAfterSeconds ?? 0) * 1000 + sim.random.between(pauseMs / 2, pauseMs);
        if (sim.clock.nowMs() + waitMs > this.request.claimByMs) return this.leave("not-claimed", "no claim in time");
        sim.clock.after(waitMs, () => this.state === "claiming" && this.claim(claimId, Math.min(15_000, pauseMs * 2)));
        return;
      }
      if (answer.status !== 200) return this.leave("refused", undefined);
      this.listenSoon(answer.body ?? {});
    });
  }

  /** It has its JIT config: the listener starts. */
  private listenSoon(body: Readonly<Record<string, unknown>>): void {
    const { sim, engine } = this.outside;
    this.claimed = true;
    this.session = String(body["session"]);
    this.asks = body["askBeforeJob"] !== false;
    this.endByMs = Math.min(this.request.endByMs, Number(body["endByMs"]));
    this.guard(Number(body["shutdownSeconds"]));
    this.state = "connecting";
    this.event({ type: "booted", logGroup: "/mayfly/runners", logStream: this.request.runnerName });
    const runnerId = Number(String(body["jitConfig"]).split("-").at(-1));
    const idleSeconds = Number(body["idleSeconds"]);
    sim.clock.after(sim.random.between(800, 4000), () => this.connect(engine, runnerId, idleSeconds));
  }

  private connect(engine: Engine, runnerId: number, idleSeconds: number): void {
    if (this.state !== "connecting") return;
    const runner = engine.state.runners.get(runnerId);
    // Its registration was deleted before it could connect.
    if (runner === undefined) return this.leave("no-job", "the runner's registration has been deleted");
    this.runner = runner;
    this.state = "listening";
    engine.connect(runner, this);
    this.event({ type: "listening" });
    const { sim } = this.outside;
    sim.clock.after(
      idleSeconds * 1000,
      () => this.listens() && runner.job === undefined && this.leave("idle", "no job came"),
    );
  }

  /** GitHub gave it a job: the hook asks before the job's first step, unless the claim's answer said that it need not. */
  work(job: SimJob): void {
    this.state = "busy";
    this.job = job;
    this.event({ type: "job-started" });
    if (this.asks) this.ask(job, this.outside.sim.clock.nowMs() + hookMs);
    else this.runSteps(job);
  }

  private ask(job: SimJob, untilMs: number): void {
    const { sim, post } = this.outside;
    const question = {
      runner: this.request.runnerName,
      session: this.session,
      runId: job.run.id,
      attempt: job.attempt,
    };
    post("/host/job", question, (answer) => {
      if (this.state !== "busy") return;
      if (answer?.status === 200) return this.runSteps(job);
      if (answer !== undefined && answer.status !== 503) return this.refuse(job, String(answer.body?.["reason"]));
      const waitMs = (answer?.retryAfterSeconds ?? 1) * 1000 + sim.random.between(200, 1000);
      if (sim.clock.nowMs() + waitMs > untilMs) return this.refuse(job, "Mayfly did not answer in time");
      sim.clock.after(waitMs, () => this.state === "busy" && this.ask(job, untilMs));
    });
  }

  /** Worker and listener are killed: no step runs, and GitHub hears nothing until the job's lock lapses. */
  private refuse(job: SimJob, cause: string): void {
    this.leave("refused-job", cause, 137);
    this.outside.engine.abandon(job);
  }

  private runSteps(job: SimJob): void {
    const { sim } = this.outside;
    sim.tell({ kind: "step", machine: this, job });
    if (sim.faults.strikes("machine-death")) {
      sim.clock.after(sim.random.between(1000, job.seconds * 1000), () => this.state === "busy" && this.end("it died"));
    }
    sim.clock.after(job.seconds * 1000, () => this.finish(job, "success", "job-succeeded", 100));
  }

  private finish(job: SimJob, conclusion: string, outcome: string, exitCode: number): void {
    if (this.state !== "busy" || this.job !== job) return;
    this.outside.engine.complete(job, conclusion);
    this.leave(outcome, undefined, exitCode);
  }

  /** GitHub cancels the job that runs here; false when it does not. */
  cancel(job: SimJob): boolean {
    if (this.state !== "busy" || this.job !== job) return false;
    const { sim } = this.outside;
    sim.clock.after(sim.random.between(1000, 20_000), () => this.finish(job, "cancelled", "job-cancelled", 103));
    return true;
  }

  /** GitHub knows its runner no more: the listener hears of it when it polls next. */
  deregistered(): void {
    const { sim } = this.outside;
    sim.clock.after(sim.random.between(1000, 50_000), () => {
      if (this.listens() && this.runner?.removed === true) this.leave("no-job", "the runner left without a job");
    });
  }

  /** The cloud says that it will end the machine. */
  notice(cause: string): void {
    if (this.claimed) this.event({ type: "notice", cause });
    this.outside.announce({ kind: "machine", machineId: this.id, event: "notice", why: cause });
  }

  private guard(shutdownSeconds: number): void {
    const { sim } = this.outside;
    sim.clock.at(this.endByMs - shutdownSeconds * 1000, () => {
      if (this.state === "busy" && this.job !== undefined) this.finish(this.job, "failure", "deadline", 103);
      else if (this.alive()) this.leave("deadline", "the machine reached the end of its lifetime");
    });
  }

  private event(fields: Record<string, unknown>, patience = 3): void {
    const { sim, post } = this.outside;
    const { runnerName: runner, claimToken: token } = this.request;
    const who = this.claimed ? { runner, session: this.session } : { runner, token };
    post("/host/event", { ...who, ...fields }, (answer) => {
      if (answer?.status === 410 && this.listens() && this.runner?.job === undefined) {
        this.leave("no-job", "Mayfly no longer needs this runner");
        return;
      }
      if (answer !== undefined && answer.status !== 503) return;
      if (patience > 1) sim.clock.after(sim.random.between(500, 4000), () => this.event(fields, patience - 1));
    });
  }

  /** Its program ends by itself, says so, and the machine goes. */
  private leave(outcome: string, cause: string | undefined, exitCode = 0): void {
    if (!this.alive()) return;
    const { sim, engine } = this.outside;
    if (this.runner !== undefined) engine.disconnect(this.runner);
    const silent = outcome === "refused" || (!this.claimed && this.execution === "lambda");
    if (!silent) this.event({ type: "ended", outcome, cause, exitCode });
    this.state = "ended";
    this.why = outcome;
    this.leftAtMs = sim.clock.nowMs();
    const goneMs = this.execution === "ec2" ? sim.random.between(3000, 20_000) : 500;
    sim.clock.after(goneMs, () => this.gone(outcome));
    // From now on it takes no job, whatever is left of the machine.
  }

  /** It is gone at once, without a word. */
  end(why: string): void {
    if (this.endedAtMs !== undefined) return;
    const { engine } = this.outside;
    if (this.runner !== undefined) engine.disconnect(this.runner);
    const { job } = this;
    const wasBusy = this.state === "busy";
    // An invocation whose program had left already has been answered.
    const { runnerName: runner } = this.request;
    if (this.execution === "lambda" && this.alive()) {
      this.outside.announce({ kind: "invocation-failed", runner, dropped: false, why });
    }
    this.state = "ended";
    this.gone(why);
    if (wasBusy && job !== undefined && job.status === "in_progress") engine.abandon(job);
  }

  private gone(why: string): void {
    if (this.endedAtMs !== undefined) return;
    this.why ??= why;
    this.endedAtMs = this.outside.sim.clock.nowMs();
    this.outside.sim.tell({ kind: "machine-ended", machine: this, why });
    if (this.execution !== "ec2") return;
    this.outside.announce({
      kind: "machine",
      machineId: this.id,
      event: "ended",
      why: "the instance is shutting-down",
    });
  }
}
