import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { yamlReader } from "../../../adapters/yaml/yaml-reader.ts";
import { configPath } from "../../../core/pipeline/repository-config.ts";
import { noHistory } from "../../../core/planning/history.ts";
import type { History } from "../../../core/planning/history.ts";
import type { PlanInput } from "../../../core/planning/plan-types.ts";
import { openPolicy } from "../../../core/planning/policy/policy.ts";
import type { Policy } from "../../../core/planning/policy/policy.ts";
import { readPolicy } from "../../../core/planning/policy/read-policy.ts";
import { readHistory } from "../../../core/planning/read-history.ts";
import { inheritConfig } from "../../../core/planning/runner-config/inherit-config.ts";
import type { Problem } from "../../../core/planning/runner-config/problem.ts";
import { readRunnerConfig } from "../../../core/planning/runner-config/read-runner-config.ts";
import type { RunnerConfig } from "../../../core/planning/runner-config/runner-config.ts";
import { formats } from "../formats/formats.ts";
import { inheritOption } from "../inherit-option.ts";
import { findingsOf } from "../lint/findings.ts";
import type { LocalRepository } from "../local-repository.ts";
import { WrongInput } from "./wrong-input.ts";

const nothing: RunnerConfig = { runners: new Map(), file: {} };

/**
 * What the repository's file says, or the one that is given, over the organisation's. With errors in one of them
 * planning goes on as where no good version of it is known; `tell` gets them.
 */
export async function readConfig(
  repository: LocalRepository,
  { config: file, inherit }: { readonly config?: string | undefined; readonly inherit?: string | undefined },
  { images }: Policy,
  tell: (text: string) => void,
): Promise<Pick<PlanInput, "config" | "brokenFile">> {
  const text = file === undefined ? (repository.configText ?? "") : await readText("--config", file);
  const path = file ?? join(repository.top, configPath);
  const read = (from: string, written: string): RunnerConfig | undefined => {
    const { config, problems } = readRunnerConfig(written, yamlReader());
    if (config === undefined) tell(describe(from, problems, "runners"));
    return config;
  };
  const own = read(path, text);
  const owners = inherit === undefined ? nothing : read(inherit, await readText("--inherit", inherit));
  if (owners === undefined) tell(`${inherit ?? ""}: ${inheritOption.broken}\n`);
  const config = inheritConfig([own ?? nothing, owners ?? nothing], images);
  return own === undefined ? { config, brokenFile: path } : { config };
}

/** The operator's policy; without a file everything is allowed. One with errors is nothing to plan by. */
export async function readPolicyFile(file: string | undefined): Promise<Policy> {
  if (file === undefined) return openPolicy;
  const { policy, problems } = readPolicy(await readText("--policy", file), yamlReader());
  if (policy === undefined) throw new WrongInput(describe(file, problems, "policy").trimEnd());
  return policy;
}

/** What jobs with these labels did before; without a file nothing is known. */
export async function readHistoryFile(file: string | undefined, nowMs: number): Promise<History> {
  if (file === undefined) return noHistory;
  const history = readHistory(parse(file, await readText("--history", file)), nowMs);
  if ("problem" in history) throw new WrongInput(`${file}: ${history.problem}`);
  return history;
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WrongInput(`${file}: is no JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function readText(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrongInput(`${option} ${file} cannot be read: ${reason}`, { cause: error });
  }
}

function describe(path: string, problems: readonly Problem[], page: "runners" | "policy"): string {
  return formats.text(findingsOf(path, problems, page));
}
