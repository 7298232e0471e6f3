/** A planted bug: one piece of `file` becomes another. Each stands for a fault that systems of this kind really have. */
export type Mutant = {
  readonly name: string;
  /** Below src/core. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
};

export const mutants: readonly Mutant[] = [
  {
    name: "no dedupe: names from chance",
    file: "pipeline/launch.ts",
    from: "const name = runnerName(core.settings.labelPrefix, job.id, launchNumber);",
    to: "const name = runnerName(core.settings.labelPrefix, job.id, launchNumber + Math.floor(core.random.next() * 1e6));",
  },
  {
    name: "cap read, then written",
    file: "model/slots.ts",
    from: "if (await core.store.slots.take(scope, name, cap, expiresAtMs)) {",
    to: "if ((await core.store.slots.list(scope)).length < cap && (await core.store.slots.take(scope, name, 1e9, expiresAtMs))) {",
  },
  {
    name: "reaper ends busy machines",
    file: "pipeline/end-runner.ts",
    from: "if (!(await unregister(core, runner))) {",
    to: "if (!(await unregister(core, runner)) && runner.mints < 0) {",
  },
  {
    name: "failed deliveries not fetched",
    file: "pipeline/schedule.ts",
    from: "sweepDeliveries(core))",
    to: "Promise.resolve(0))",
  },
  { name: "sweep off", file: "pipeline/schedule.ts", from: "sendDueSweeps(core))", to: "Promise.resolve(0))" },
  {
    name: "in_progress runs not swept",
    file: "pipeline/sweep-runs.ts",
    from: 'const running = await core.github.listRuns(repository, "in_progress");',
    to: "const running: RunFacts[] = [];",
  },
  {
    name: "in_progress ignored",
    file: "dispatch.ts",
    from: 'if (message.action === "in_progress") await onInProgress(core, message);',
    to: 'if (message.action === "in_progress") return done;',
  },
  {
    name: "completed ignored",
    file: "dispatch.ts",
    from: 'else if (message.action === "completed") await onCompleted(core, message);',
    to: 'else if (message.action === "completed") return done;',
  },
  {
    name: "lost JIT reply ignored",
    file: "pipeline/claim.ts",
    from: "if (runner.mints > 0) await dropLastRegistration(core, runner);",
    to: "",
  },
  {
    name: "message that failed is acknowledged",
    file: "app.ts",
    from: 'return again(decision.outcome === "give-up" ? 2 ** receives : decision.afterSeconds, decision.detail);',
    to: "return done;",
  },
  {
    name: "wrong message retried: waits are acknowledged",
    file: "app.ts",
    from: 'if (verdict.outcome !== "again" || !isLast) return verdict;',
    to: 'if (verdict.outcome !== "again") return verdict;',
  },
  {
    name: "cached failure",
    file: "pipeline/cached-file.ts",
    from: 'if (!isCallError(error, "forbidden", "not-found")) throw error;',
    to: "if (!isCallError(error)) throw error;",
  },
  {
    name: "relaunch without backoff",
    file: "pipeline/pool-request.ts",
    from: "const backoffUntilMs = nowMs + seconds * 1000;",
    to: "const backoffUntilMs = nowMs + seconds * 0;",
  },
  {
    name: "slot never expires",
    file: "model/slots.ts",
    from: "const expiresAtMs = core.clock.nowMs() + core.settings.timings.slotSeconds * 1000;",
    to: "const expiresAtMs = Number.MAX_SAFE_INTEGER;",
  },
  {
    name: "slot expires under a running machine",
    file: "pipeline/claim.ts",
    from: "await extendSlots(core, runner, lifeEndsAtMs + core.settings.timings.slotSeconds * 1000);",
    to: "",
  },
  {
    name: "slots kept after the end",
    file: "pipeline/end-runner.ts",
    from: "else await freeSlots(core, runner);",
    to: "",
  },
  {
    name: "slot freed while its machine lives on",
    file: "pipeline/end-runner.ts",
    from: "if (lingers) await extendSlots(core, runner, core.clock.nowMs() + lingerSeconds * 1000);",
    to: "if (lingers) await freeSlots(core, runner);",
  },
  {
    name: "second claim accepted",
    file: "pipeline/claim.ts",
    from: "if (claimId !== undefined && claimId !== asked) return true;",
    to: "",
  },
  {
    name: "claim token not looked at",
    file: "pipeline/claim.ts",
    from: "if (!core.signer.equal(core.signer.sign(`claim:${request.runner}`), request.token)) return { status: 401 };",
    to: "",
  },
  {
    name: "machine's proof not looked at",
    file: "pipeline/proven-machine.ts",
    from: "if (provider?.identify === undefined) return",
    to: "if (provider !== undefined) return",
  },
  {
    name: "session not looked at",
    file: "pipeline/session.ts",
    from: "return core.signer.equal(makeSession(core, runner, claimId), session) ? claimId : undefined;",
    to: "return claimId;",
  },
  {
    name: "claim while the end is under way",
    file: "pipeline/claim.ts",
    from: 'return state === "ended" || endingSinceMs !== undefined;',
    to: 'return state === "ended" && endingSinceMs !== 0;',
  },
  {
    name: "lease without expiry",
    file: "pipeline/schedule.ts",
    from: 'core.store.leases.take("schedule", owner, nowMs + leaseSeconds * 1000)',
    to: 'core.store.leases.take("schedule", owner, nowMs + leaseSeconds * 1e9)',
  },
  {
    name: "other bytes when a launch is repeated",
    file: "model/plan-call.ts",
    from: "launchAtMs: before.unsure ? before.launchAtMs : calledAtMs,",
    to: "launchAtMs: calledAtMs,",
  },
  {
    name: "stale records launched for",
    file: "pipeline/recheck.ts",
    from: 'return (await readAgain(core, job)) === "settled" ? "settled" : "launch";',
    to: 'return "launch";',
  },
  {
    name: "an unreadable job counts as released",
    file: "pipeline/recheck.ts",
    from: 'if ((await readAgain(core, job)) !== "queued") return false;',
    to: 'if ((await readAgain(core, job)) === "settled") return false;',
  },
  {
    name: "machines too many are kept",
    file: "pipeline/evaluate-pool.ts",
    from: "const trimmed = surplus > 0 ? await trim(core, supply, stalled.slice(0, surplus), surplus) : done;",
    to: "const trimmed = done;",
  },
  {
    name: "busy runners count as supply",
    file: "model/indexes.ts",
    from: '...(runner.state !== "busy" && {',
    to: "...(runner.version > 0 && {",
  },
  {
    name: "held jobs count as demand",
    file: "pipeline/demand.ts",
    from: "demand: jobs.filter((job) => !underWay.has(job.id) && !isHeld(job)),",
    to: "demand: jobs.filter((job) => !underWay.has(job.id)),",
  },
  {
    name: "waiting jobs never woken",
    file: "pipeline/wake-request.ts",
    from: "if (unique.length === 0) return;",
    to: "if (unique.length >= 0) return;",
  },
  {
    name: "report within a launch",
    file: "pipeline/wait.ts",
    from: 'if (after?.state === "waiting" && isNew) await requestReport(core, after);',
    to: 'if (after?.state === "waiting") await core.github.createCheckRun(job.repository, { name: "Mayfly", headSha: job.headSha, externalId: String(job.id), status: "completed", conclusion: "neutral", title: "", summary: "", text: undefined, annotations: [] });',
  },
  {
    name: "two reports at a time",
    file: "pipeline/report.ts",
    from: 'if (leftMs > 0) return again(Math.ceil(leftMs / 1000), "another report of the run is being written");',
    to: "",
  },
  {
    name: "JIT config in the log",
    file: "pipeline/claim.ts",
    from: 'core.log.info("runner claimed", { runner: runner.name, githubRunner: runnerId });',
    to: 'core.log.info("runner claimed", { runner: runner.name, githubRunner: runnerId, jitConfig });',
  },
  {
    name: "claim token in a record",
    file: "model/new-runner.ts",
    from: "logStream: undefined,",
    to: "logStream: core.signer.sign(`claim:${name}`),",
  },
  {
    name: "stray machines left alone",
    file: "pipeline/reconcile-machines.ts",
    from: "await provider.terminate({ ...machine, region });",
    to: "",
  },
  {
    name: "no unregistering",
    file: "pipeline/end-runner.ts",
    from: 'return id === undefined || (await core.github.deleteRunner(runner, id)) !== "busy";',
    to: "return id === undefined || id > 0;",
  },
  {
    name: "EC2's rate ignored",
    file: "pipeline/launch-call.ts",
    from: "return Math.max(...turns);",
    to: "return Math.min(core.clock.nowMs(), ...turns);",
  },
  {
    name: "lapsed turns are taken",
    file: "pipeline/launch-call.ts",
    from: "core.clock.nowMs() > calledAtMs + turnMs",
    to: "core.clock.nowMs() < calledAtMs",
  },
  {
    name: "other installations are served",
    file: "pipeline/intake.ts",
    from: "if (served !== undefined && !served.includes(repository.installationId)) {",
    to: "if (served !== undefined && served.length === 0) {",
  },
  {
    name: "refused labels are launched for",
    file: "planning/plan/plan.ts",
    from: 'if (verdict.kind === "refused") return { outcome: "refuse", code: verdict.code, detail: verdict.detail };',
    to: 'if (verdict.kind === "refused") return plan({ ...input, job: { ...job, labels: ["mayfly/lambda"] } });',
  },
  {
    name: "everything on the default execution",
    file: "planning/plan/asked.ts",
    from: "const explicit = fixed ?? explicitExecution(written.execution);",
    to: "const explicit = explicitExecution(written.execution);",
  },
  {
    name: "a fork is taken for the repository itself",
    file: "pipeline/run-trust.ts",
    from: "if (run?.headRepository?.id !== repository.id)",
    to: "if (run === undefined)",
  },
  {
    name: "the hook need not ask",
    file: "pipeline/claim.ts",
    from: "askBeforeJob: mayRefuse(core, runner),",
    to: "askBeforeJob: false,",
  },
  {
    name: "the hook is always answered yes",
    file: "pipeline/host-job.ts",
    from: "const stranger = distrust(",
    to: "return { status: 200, body: { allowed: true } };\n  const stranger = distrust(",
  },
  {
    name: "a pool plans on though GitHub has said when to ask again",
    file: "pipeline/evaluate-pool.ts",
    from: 'if (launched.outcome === "failed" && launched.unplanned === true) await planLater(core, pool, launched.decision);',
    to: "",
  },
  {
    name: "dead letter at the first failure",
    file: "app.ts",
    from: "const isLast = receives >= settings.timings.mostReceives;",
    to: "const isLast = receives >= 1;",
  },
  {
    name: "a silent machine is waited for",
    file: "model/lifetime.ts",
    from: "(core.compute[runner.execution]?.traits.claimWithinSeconds ?? 0) * 1000;",
    to: "(core.compute[runner.execution]?.traits.lifetimeSeconds ?? 0) * 1000;",
  },
  {
    name: "the runner of a finished job is forgotten",
    file: "pipeline/observe.ts",
    from: "else if (runner !== undefined) await reapAt(core, runner, core.settings.timings.reapAfterSeconds);",
    to: "",
  },
];
