import { workflowReader } from "../../../adapters/workflow-file/workflow-reader.ts";
import { visibleText } from "../../../core/check-run/visible-text.ts";
import { defaultPrices } from "../../../core/planning/machines/prices.ts";
import type { Offers, PlanInput, Trust } from "../../../core/planning/plan-types.ts";
import { strangersEvents } from "../../../core/planning/trust.ts";
import { readLocalRepository } from "../local-repository.ts";
import type { LocalRepository } from "../local-repository.ts";
import { findWorkflow } from "./find-workflow.ts";
import { labelsOfJob } from "./labels-of-job.ts";
import { readConfig, readHistoryFile, readPolicyFile } from "./read-inputs.ts";
import { WrongInput } from "./wrong-input.ts";

/** What is asked on the command line, by the names of its options. */
export type PlanQuestion = {
  readonly repo: string;
  readonly config?: string | undefined;
  readonly inherit?: string | undefined;
  readonly policy?: string | undefined;
  readonly workflow?: string | undefined;
  readonly job?: string | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly event?: string | undefined;
  readonly fork?: boolean | undefined;
  readonly history?: string | undefined;
  /** In lower case. */
  readonly prefix: string;
};

/** What an installation can launch that has both of them in any size. */
const offers: Offers = { lambda: { archs: ["x64", "arm64"] }, ec2: { archs: ["x64", "arm64"] } };

/**
 * Everything that a plan rests on, from files. `tell` gets what the asker should know beside the plan. Rejects with
 * `WrongInput` when nothing can be planned.
 */
export async function planInput(
  question: PlanQuestion,
  nowMs: number,
  tell: (text: string) => void,
): Promise<PlanInput> {
  const asked = checkQuestion(question);
  const repository = await readRepository(question.repo);
  const { labels, workflows } = await labelsAndWorkflows(asked, repository, tell);
  const policy = await readPolicyFile(question.policy);
  return {
    job: { labels, trust: trustOf(question), approved: false, publicRepository: false },
    workflows,
    ...(await readConfig(repository, question, policy, tell)),
    policy,
    history: await readHistoryFile(question.history, nowMs),
    prices: defaultPrices,
    offers,
    labelPrefix: question.prefix,
    nowMs,
  };
}

type Asked = { readonly labels: readonly string[] } | { readonly workflow: string; readonly job: string };

function checkQuestion({ labels, workflow, job }: PlanQuestion): Asked {
  if (labels !== undefined && workflow === undefined && job === undefined) return { labels };
  if (labels === undefined && workflow !== undefined && job !== undefined) return { workflow, job };
  throw new WrongInput("say which job: --workflow FILE with --job NAME, or --labels LABEL once for each of its labels");
}

async function readRepository(directory: string): Promise<LocalRepository> {
  try {
    return await readLocalRepository(directory);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrongInput(`--repo ${directory} cannot be read: ${reason}`, { cause: error });
  }
}

async function labelsAndWorkflows(
  asked: Asked,
  repository: LocalRepository,
  tell: (text: string) => void,
): Promise<{ readonly labels: readonly string[]; readonly workflows: PlanInput["workflows"] }> {
  const reader = workflowReader();
  if ("labels" in asked) return { labels: asked.labels, workflows: await reader.facts(repository.workflows) };
  const workflow = await findWorkflow(repository, asked.workflow);
  const others = repository.workflows.filter(({ path }) => path !== workflow.path);
  const workflows = await reader.facts([workflow, ...others]);
  const [labels = [], ...more] = labelsOfJob(workflows, workflow.path, asked.job);
  if (more.length > 0) {
    const sets = more.map((set) => `[${set.join(", ")}]`).join(", ");
    const note = `planned for [${labels.join(", ")}]; the job's matrix has other labels too: ${sets}`;
    tell(`${visibleText(note)}\n`);
  }
  return { labels, workflows };
}

/** A run of a fork is a stranger's; nobody else is said to be one. */
function trustOf({ event, fork }: PlanQuestion): Trust {
  if (fork !== true) return { kind: "trusted" };
  if (event !== undefined && strangersEvents.has(event)) return { kind: "untrusted", event, actor: undefined };
  return { kind: "fork", from: "that --fork stands for" };
}
