import { createWriteStream } from "node:fs";
import { join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { redactingLogger } from "../../adapters/log/pino-log.ts";
import { awsFaults } from "../../sandbox/aws/faults.ts";
import { githubFaults } from "../../sandbox/github/faults.ts";
import type { AwsLocalOptions } from "./aws-local/aws-local-session.ts";
import { openSession } from "./open-session.ts";
import { faultHelpText, readOptions } from "./options.ts";
import type { LocalOptions } from "./options.ts";
import { jsonOutput } from "./output/json-output.ts";
import { textOutput } from "./output/text-output.ts";
import { findWorkflow, readRepository } from "./read-repository.ts";
import { runSandbox } from "./run-sandbox.ts";
import type { Sandbox, SandboxOptions } from "./sandbox-session.ts";

const sample = join(import.meta.dirname, "../../../examples/hello-mayfly");
const catalogue = { github: githubFaults, ...awsFaults };
const credentials = ["APP_ID", "PRIVATE_KEY", "PRIVATE_KEY_PATH", "WEBHOOK_SECRET"];

type Write = { readonly out: (text: string) => void; readonly error: (text: string) => void };

async function main(): Promise<number> {
  const write: Write = {
    out: (text: string) => void process.stdout.write(text),
    error: (text: string) => void process.stderr.write(text),
  };
  const read = readOptions(process.argv.slice(2), catalogue, write);
  if ("stop" in read) return read.stop;
  if (read.options.faultHelp) {
    write.out(faultHelpText(catalogue));
    return 0;
  }
  const given = credentials.filter((name) => (process.env[name] ?? "") !== "");
  if (given.length > 0) {
    write.error(
      `${given.join(", ")} is set, but this version cannot serve real GitHub from one machine yet.\n` +
        `Unset it to start the sandbox, which needs no account.\n`,
    );
    return 2;
  }
  try {
    return await sandboxMain(read.options, write);
  } catch (error) {
    write.error(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

async function sandboxMain(options: LocalOptions, write: Write): Promise<number> {
  const repo = options.repo ?? sample;
  const repository = await readRepository(repo);
  const workflow = options.workflow === undefined ? undefined : findWorkflow(repository.files, options.workflow);
  const output = options.json ? jsonOutput(write.out, write.error) : textOutput(write.out, () => Date.now());
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stopping.abort());
  // whoever read the output has gone: there is nobody to show anything to
  process.stdout.on("error", () => stopping.abort());
  if (!options.json) write.out("Mayfly in the sandbox: no account, nothing leaves this machine.\n");
  // most of what Mayfly needs is read while the stand-ins start
  const deployed = options.backend === "aws-local";
  const loading = deployed ? undefined : import("./sandbox-session.ts");
  const { session, world, dataDir, resumed } = await openSession({
    data: options.data,
    asked: { repo: resolve(repo), workflow: workflow ?? null, faults: options.faults, backend: options.backend },
    port: options.port,
    usualPort: options.once ? undefined : 3000,
    account: repository.owner,
  });
  if (resumed !== undefined) (options.json ? write.error : write.out)(`${resumed}\n`);
  const destination = createWriteStream(join(dataDir, "mayfly.log"), { flags: "a" });
  const logger = redactingLogger("debug", destination);
  const common = { world, session, dataDir, logger, policyFile: options.policy };
  const starting =
    loading === undefined ? startDeployed({ ...common, output: destination }) : startInOne(loading, common);
  const sandbox = await starting.catch(async (error: unknown) => {
    // a world that was found stays for another try
    await (resumed === undefined ? world.stop() : world.leave());
    throw error;
  });
  output.started({
    Mayfly: deployed
      ? `http://127.0.0.1:${session.port} (an HTTP API in front of its functions, each environment a thread)`
      : `http://127.0.0.1:${session.port} (Probot: webhooks and host channel)`,
    "stand-in for GitHub": session.githubUrl,
    "stand-in for AWS": `${session.awsUrl} (Lambda environments and EC2 instances as ${session.isolation})`,
    "stand-in for the Actions runner": "real bash steps; actions other than checkout are skipped and named",
    files: `${dataDir} (Mayfly's own log: mayfly.log)`,
  });
  let code = 1;
  try {
    code = await runSandbox(sandbox, repository, workflow, output, stopping.signal);
    if (!options.once && !stopping.signal.aborted) {
      write.out("\nMayfly stays up. Ctrl-C ends it.\n");
      await new Promise<void>((done) => {
        stopping.signal.addEventListener("abort", () => done());
      });
      code = 0;
    }
  } finally {
    await sandbox.stop();
    destination.end();
    await finished(destination);
  }
  return code;
}

async function startInOne(
  loading: Promise<typeof import("./sandbox-session.ts")>,
  options: SandboxOptions,
): Promise<Sandbox> {
  const { startSandbox } = await loading;
  return await startSandbox(options);
}

async function startDeployed(options: AwsLocalOptions): Promise<Sandbox> {
  const { startAwsLocal } = await import("./aws-local/aws-local-session.ts");
  return await startAwsLocal(options);
}

process.exitCode = await main();
