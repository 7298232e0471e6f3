import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { removeTree } from "../../../runner-image/supervisor/remove-tree.ts";
import type { Faults } from "../faults.ts";
import { machineIsolation, type MachineIsolation } from "../machine/machine-isolation.ts";
import { answerRequest } from "./answer-request.ts";
import { listen, shut } from "./http.ts";
import type { EnvironmentView, FakeAwsEvent, FunctionOptions, LambdaEvent } from "./lambda/function.ts";
import { runFunction } from "./lambda/run-function.ts";
import { logStore } from "./logs/log-store.ts";

export type FakeAwsOptions = {
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  /** Log streams are kept here, and the environments' folders while they live. */
  readonly dataDir: string;
  readonly faults: Faults;
  readonly functions: Readonly<Record<string, FunctionOptions>>;
  /** Of 127.0.0.1; default: a free one. */
  readonly port?: number | undefined;
  /** An event that found no environment for so long is dropped. */
  readonly maxEventAgeMs?: number | undefined;
  /** A frozen environment that gets no further event is ended after so long. */
  readonly idleEnvironmentMs?: number | undefined;
  readonly onEvent?: ((event: FakeAwsEvent) => void) | undefined;
  /** Instead of what this computer allows. */
  readonly isolation?: MachineIsolation | undefined;
};

export type FakeAws = {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  /** How its machines are kept apart, in words for people. */
  readonly isolation: string;
  /** Calls of each `service.Operation`, refused ones too. */
  calls(): Record<string, number>;
  /** Every environment that there ever was. */
  environments(): EnvironmentView[];
  /** Distinct tenants that ever got an environment; for a function without tenants its environments. */
  launches(): number;
  /** Environments that have not ended. */
  machinesLeft(): number;
  /** Path of the text file that keeps a log stream; there may be no such file yet. */
  logFile(group: string, stream: string): string;
  /** No event waits and no environment is left. */
  idle(): boolean;
  /** Ends every environment with everything in it, then the server. Idempotent. */
  close(): Promise<void>;
};

/**
 * Starts a stand-in for AWS on 127.0.0.1: Lambda's Invoke, whose functions really run, and CloudWatch Logs, where
 * their output arrives. Rejects when the port is taken.
 */
export async function startFakeAws(options: FakeAwsOptions): Promise<FakeAws> {
  const { region, account, faults, onEvent = () => undefined } = options;
  const isolation = options.isolation ?? (await machineIsolation());
  const dataDir = resolve(options.dataDir);
  const folder = join(dataDir, "environments");
  await mkdir(folder, { recursive: true });
  const store = logStore(join(dataDir, "logs"));
  const functions = new Map(
    Object.entries(options.functions).map(([name, settings]) => [
      name,
      runFunction({
        name,
        settings,
        region,
        account,
        store,
        folder,
        isolation,
        maxEventAgeMs: options.maxEventAgeMs ?? 60_000,
        idleEnvironmentMs: options.idleEnvironmentMs ?? 300,
        onEvent,
      }),
    ]),
  );
  const calls: Record<string, number> = {};
  const onAccept = (event: LambdaEvent, deliveries: 0 | 1 | 2): void => {
    const { functionName, tenant, requestId } = event;
    onEvent({ type: "accepted", functionName, tenant, requestId });
    if (deliveries === 0) onEvent({ type: "dropped", functionName, tenant, requestId, reason: "a fault" });
    else functions.get(functionName)?.accept(event, deliveries);
  };
  const onCall = (service: string, operation: string): void => {
    const key = `${service}.${operation}`;
    calls[key] = (calls[key] ?? 0) + 1;
  };
  const context = { store, region, account, faults, functions, onCall, onAccept };
  const { server, address } = await listen((request, response) => {
    answerRequest(context, request, response).catch(() => response.destroy());
  }, options.port ?? 0);

  const environments = (): EnvironmentView[] => [...functions.values()].flatMap((one) => one.environments());
  const machinesLeft = (): number => environments().filter(({ state }) => state !== "ended").length;
  const stop = async (): Promise<void> => {
    await shut(server);
    await Promise.all([...functions.values()].map(async (one) => await one.close()));
    store.flush();
    await removeTree(folder);
  };
  let closed: Promise<void> | undefined;
  return {
    url: `http://${address}`,
    isolation:
      isolation.kind === "namespaces"
        ? "Linux namespaces of their own"
        : "process groups (namespaces are forbidden here)",
    calls: () => ({ ...calls }),
    environments,
    launches: () =>
      new Set(environments().map(({ functionName, tenant, id }) => `${functionName}/${tenant ?? id}`)).size,
    machinesLeft,
    logFile: (group, stream) => store.file(group, stream),
    idle: () => machinesLeft() === 0 && [...functions.values()].every((one) => one.waiting() === 0),
    close: () => (closed ??= stop()),
  };
}
