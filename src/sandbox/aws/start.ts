import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { removeTree } from "../../../runner-image/supervisor/remove-tree.ts";
import type { Faults } from "../faults.ts";
import { machineIsolation, type MachineIsolation } from "../machine/machine-isolation.ts";
import { failureRecord, spotWarning, stateChange, type CloudEvents } from "./cloud-events.ts";
import { answerRequest, type Deliveries } from "./answer-request.ts";
import { noEc2 } from "./ec2/no-ec2.ts";
import type { Ec2Options, InstanceStateName, InstanceView } from "./ec2/options.ts";
import { runEc2, type RunningEc2 } from "./ec2/run-ec2.ts";
import { listen, shut } from "./http.ts";
import type { EnvironmentView, FakeAwsEvent, FunctionOptions, LambdaEvent } from "./lambda/function.ts";
import { runFunction, type RunningFunction } from "./lambda/run-function.ts";
import { logStore, type LogStore } from "./logs/log-store.ts";
import { secretStore } from "./secrets-manager/secret-store.ts";
import { parameterStore } from "./ssm/parameter-store.ts";
import type { AssumedRole, StsOptions } from "./sts/options.ts";
import { sessions } from "./sts/sessions.ts";

export type FakeAwsOptions = {
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  /** Log streams and consoles are kept here, and the machines' folders while they live. */
  readonly dataDir: string;
  readonly faults: Faults;
  readonly functions: Readonly<Record<string, FunctionOptions>>;
  /** Log groups that are there from the start, beside those that Lambda makes. */
  readonly logGroups?: readonly string[] | undefined;
  /** Default: the account has nothing to launch instances from, and no answer for EC2. */
  readonly ec2?: Ec2Options | undefined;
  /** Default: STS knows nobody and no role. */
  readonly sts?: StsOptions | undefined;
  /** Of 127.0.0.1; default: a free one. */
  readonly port?: number | undefined;
  /** An event that found no environment for so long is dropped. */
  readonly maxEventAgeMs?: number | undefined;
  /** A frozen environment that gets no further event is ended after so long. */
  readonly idleEnvironmentMs?: number | undefined;
  readonly onEvent?: ((event: FakeAwsEvent) => void) | undefined;
  /** The functions' on-failure destination, and target of EventBridge's rules for EC2. Default: nobody is told. */
  readonly onCloudEvent?: CloudEvents | undefined;
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
  /** Every EC2 instance that there ever was. */
  instances(): InstanceView[];
  /** Every session of a role that STS has given credentials for, in their order. */
  assumedRoles(): AssumedRole[];
  /** X.509, PEM: of what signs the instances' identity documents. Empty without EC2. */
  readonly instanceCertificate: string;
  /** Path of the text file with an instance's console as it is now; there is no such file for an unknown instance. */
  consoleFile(instanceId: string): string;
  /**
   * Announces to the running spot instances with these tags that they will be ended, and ends them. Returns how many
   * there are.
   */
  interruptSpot(tags: Readonly<Record<string, string>>): number;
  /** Tells EC2 that a job has started on this runner (tag `mayfly:runner`), for the fault `ec2.spot-interruption`. */
  jobStarted(runnerName: string): void;
  /**
   * Distinct tenants that ever got an environment (for a function without tenants its environments), and instances.
   */
  launches(): number;
  /** Environments that have not ended, and instances that are not terminated. */
  machinesLeft(): number;
  /** Path of the text file that keeps a log stream; there may be no such file yet. */
  logFile(group: string, stream: string): string;
  /** No event waits and no machine is left. */
  idle(): boolean;
  /** Ends the server, and every machine with everything in it. Idempotent. */
  close(): Promise<void>;
};

/**
 * Starts a stand-in for AWS on 127.0.0.1: Lambda's Invoke, whose functions really run, CloudWatch Logs, where
 * their output arrives, EC2, whose instances run their user data, STS, Secrets Manager and the Parameter Store. Rejects
 * when the port is taken.
 */
export async function startFakeAws(options: FakeAwsOptions): Promise<FakeAws> {
  const { region, account, faults, onCloudEvent = () => undefined } = options;
  const onEvent = (event: FakeAwsEvent): void => {
    options.onEvent?.(event);
    const record = failureRecord(event, options);
    if (record !== undefined) onCloudEvent(record);
  };
  const onChange = (instanceId: string, what: InstanceStateName | "notice"): void =>
    onCloudEvent(what === "notice" ? spotWarning(instanceId, options) : stateChange(instanceId, what, options));
  const isolation = options.isolation ?? (await machineIsolation());
  const dataDir = resolve(options.dataDir);
  const folders = { environments: join(dataDir, "environments"), instances: join(dataDir, "instances") };
  await Promise.all(Object.values(folders).map(async (folder) => await mkdir(folder, { recursive: true })));
  const store = logStore(join(dataDir, "logs"));
  for (const group of options.logGroups ?? []) store.createGroup(group);
  const functions = runFunctions({ ...options, onEvent }, { store, folder: folders.environments, isolation });
  const { calls, onCall } = callCounter();
  const onAccept = (event: LambdaEvent, deliveries: Deliveries): void => {
    const { functionName, tenant, requestId, body: payload } = event;
    onEvent({ type: "accepted", functionName, tenant, requestId });
    const dropped = { type: "dropped", functionName, tenant, requestId } as const;
    if (deliveries === 0) onEvent({ ...dropped, reason: "a fault" });
    else if (deliveries === "expired") onEvent({ ...dropped, payload, reason: "its event grew too old" });
    else functions.get(functionName)?.accept(event, deliveries);
  };
  let url = "";
  const place = { region, account, dataDir, isolation, faults, awsUrl: () => url };
  const ec2 =
    options.ec2 === undefined
      ? noEc2(dataDir)
      : await runEc2({ ...place, settings: options.ec2, onChange, onCall: (operation) => onCall("ec2", operation) });
  const sts = {
    region,
    faults,
    options: options.sts ?? { callers: {}, roles: {} },
    sessions: sessions(),
    onCall: (operation: string) => onCall("sts", operation),
  };
  const kept = { secrets: secretStore(options), parameters: parameterStore(options) };
  const context = { store, region, account, faults, functions, onCall, onAccept, ec2: ec2.api, sts, ...kept };
  const { server, address } = await listen((request, response) => {
    answerRequest(context, request, response).catch(() => response.destroy());
  }, options.port ?? 0);
  url = `http://${address}`;

  const stop = async (): Promise<void> => {
    await shut(server);
    await Promise.all([...functions.values(), ec2].map(async (one) => await one.close()));
    store.flush();
    await Promise.all(Object.values(folders).map(async (folder) => await removeTree(folder)));
  };
  let closed: Promise<void> | undefined;
  return {
    url,
    isolation:
      isolation.kind === "namespaces"
        ? "Linux namespaces of their own"
        : "process groups (namespaces are forbidden here)",
    calls,
    ...machineViews([...functions.values()], ec2),
    logFile: (group, stream) => store.file(group, stream),
    assumedRoles: () => sts.sessions.assumed(),
    instanceCertificate: ec2.certificatePem,
    consoleFile: (instanceId) => ec2.consoleFile(instanceId),
    interruptSpot: (tags) => ec2.interruptSpot(tags),
    jobStarted: (runnerName) => ec2.jobStarted(runnerName),
    close: () => (closed ??= stop()),
  };
}

function callCounter(): Pick<FakeAws, "calls"> & { onCall(this: void, service: string, operation: string): void } {
  const counts: Record<string, number> = {};
  return {
    calls: () => ({ ...counts }),
    onCall(service, operation) {
      const key = `${service}.${operation}`;
      counts[key] = (counts[key] ?? 0) + 1;
    },
  };
}

function runFunctions(
  options: FakeAwsOptions,
  place: { readonly store: LogStore; readonly folder: string; readonly isolation: MachineIsolation },
): ReadonlyMap<string, RunningFunction> {
  const { region, account, maxEventAgeMs = 60_000, idleEnvironmentMs = 300, onEvent = () => undefined } = options;
  const common = { ...place, region, account, maxEventAgeMs, idleEnvironmentMs, onEvent };
  return new Map(
    Object.entries(options.functions).map(([name, settings]) => [name, runFunction({ ...common, name, settings })]),
  );
}

type MachineViews = Pick<FakeAws, "environments" | "instances" | "launches" | "machinesLeft" | "idle">;

function machineViews(functions: readonly RunningFunction[], ec2: RunningEc2): MachineViews {
  const environments = (): EnvironmentView[] => functions.flatMap((one) => one.environments());
  const instances = (): InstanceView[] => ec2.instances();
  const machinesLeft = (): number =>
    environments().filter(({ state }) => state !== "ended").length +
    instances().filter(({ state }) => state !== "terminated").length;
  return {
    environments,
    instances,
    launches: () =>
      new Set(environments().map(({ functionName, tenant, id }) => `${functionName}/${tenant ?? id}`)).size +
      instances().length,
    machinesLeft,
    idle: () => machinesLeft() === 0 && functions.every((one) => one.waiting() === 0),
  };
}
