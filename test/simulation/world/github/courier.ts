import type { WebhookDelivery } from "../../../../src/core/pipeline/intake.ts";
import { jobPayload, runPayload } from "../../../helpers/webhook-payloads.ts";
import type { Sim } from "../sim.ts";
import type { Emit } from "./engine.ts";
import { jobFactsOf } from "./state.ts";
import type { GitHubState, SimJob } from "./state.ts";

/** Posts a webhook; `answered(false)`: it got no 2xx in time. */
export type Post = (delivery: WebhookDelivery, pool: string | undefined, answered: (ok: boolean) => void) => void;

/** GitHub's deliveries: once, within seconds, in no order, never again by themselves; kept for three days. */
export function courier(sim: Sim, state: GitHubState, post: Post, isDown: () => boolean): Emit {
  const { clock, random, faults } = sim;
  let last = 0;
  const attempt = (
    delivery: WebhookDelivery,
    action: string,
    job: SimJob | undefined,
    installationId: number,
  ): void => {
    if (isDown()) {
      // What happened during GitHub's own trouble is delivered afterwards.
      clock.after(random.between(60_000, 600_000), () => attempt(delivery, action, job, installationId));
      return;
    }
    last += 1;
    const status = statusOf(delivery.payload);
    const kept = {
      id: String(2n ** 60n + BigInt(last)),
      guid: delivery.id,
      deliveredAtMs: clock.nowMs(),
      ok: false,
      event: delivery.event,
      action,
      installationId,
      payload: delivery.payload,
    };
    state.deliveries.push(kept);
    const answered = (ok: boolean): void => {
      kept.ok = ok;
      if (job === undefined) return;
      if (!ok) {
        if (status === "queued") job.hidden ??= "failed";
        return;
      }
      if (status === "queued") job.hidden = undefined;
      if (job.told === undefined || order(status) >= order(job.told.status)) job.told = { status, atMs: clock.nowMs() };
      sim.tell({ kind: "told", job, status });
    };
    if (faults.strikes("delivery-failed")) return answered(false);
    post(delivery, job?.pool, answered);
  };

  return (event, action, job, run) => {
    const { installationId } = run.repository;
    const { repository } = run;
    const payload =
      job === undefined ? runPayload(run.id, run.attempt, repository) : jobPayload(action, jobFactsOf(job), repository);
    last += 1;
    const delivery = { id: `guid-${last}`, event, payload };
    if (faults.strikes("delivery-dropped")) {
      if (job !== undefined && statusOf(payload) === "queued") job.hidden ??= "never-attempted";
      return;
    }
    let delayMs = random.between(150, 1500);
    if (faults.strikes("delivery-late")) delayMs += random.between(5000, 600_000);
    else if (faults.strikes("delivery-out-of-order")) delayMs += random.between(2000, 30_000);
    clock.after(delayMs, () => attempt(delivery, action, job, installationId));
    if (faults.strikes("delivery-duplicated")) {
      clock.after(delayMs + random.between(0, 60_000), () => attempt(delivery, action, job, installationId));
    }
  };
}

function statusOf(payload: unknown): string {
  return (payload as { workflow_job?: { status?: string } }).workflow_job?.status ?? "";
}

function order(status: string): number {
  return ["waiting", "queued", "in_progress", "completed"].indexOf(status);
}
