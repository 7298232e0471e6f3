import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { redactingLogger } from "../../adapters/log/pino-log.ts";
import { awsFaults } from "../../sandbox/aws/faults.ts";
import { githubFaults } from "../../sandbox/github/faults.ts";
import { dataFolder } from "./data-folder.ts";
import { faultHelpText, readOptions } from "./options.ts";
import type { LocalOptions } from "./options.ts";
import { jsonOutput } from "./output/json-output.ts";
import { textOutput } from "./output/text-output.ts";
import { findWorkflow, readRepository } from "./read-repository.ts";
import { runSandbox } from "./run-sandbox.ts";
import { startSandbox } from "./sandbox-session.ts";
import { freePort } from "./server.ts";

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
  const repository = await readRepository(options.repo ?? sample);
  const workflow = options.workflow === undefined ? undefined : findWorkflow(repository.files, options.workflow);
  const output = options.json ? jsonOutput(write.out, write.error) : textOutput(write.out, () => Date.now());
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  const dataDir = await dataFolder(options.data, new Date());
  const logFile = join(dataDir, "mayfly.log");
  const destination = createWriteStream(logFile, { flags: "a" });
  const logger = redactingLogger("debug", destination);
  const port = options.port ?? (options.once ? await freePort() : 3000);
  if (!options.json) write.out("Mayfly in the sandbox: no account, nothing leaves this machine.\n");
  const sandbox = await startSandbox({ port, account: repository.owner, dataDir, faults: options.faults, logger });
  output.started({
    Mayfly: `http://127.0.0.1:${port} (Probot: webhooks and host channel)`,
    "stand-in for GitHub": sandbox.github.url,
    "stand-in for AWS": `${sandbox.aws.url} (Lambda environments as ${sandbox.aws.isolation})`,
    "stand-in for the Actions runner": "real bash steps; actions other than checkout are skipped and named",
    files: `${dataDir} (Mayfly's own log: mayfly.log)`,
  });
  let code = 1;
  try {
    code = await runSandbox(sandbox, repository, workflow, output, stopping.signal);
    if (!options.once && !stopping.signal.aborted) {
      write.out("\nMayfly stays up. Ctrl-C ends it.\n");
      await new Promise<void>((resolve) => {
        stopping.signal.addEventListener("abort", () => resolve());
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

process.exitCode = await main();
