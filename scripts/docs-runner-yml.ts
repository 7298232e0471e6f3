import { writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { fileOptions, labelKeys, options } from "../src/core/planning/options.ts";
import type { Option } from "../src/core/planning/options.ts";
import { problemKinds } from "../src/core/planning/runner-config/problem.ts";
import { keySection, quoted } from "./docs-keys.ts";
import { inheritanceExamples } from "./inheritance-examples.ts";
import type { InheritanceExample } from "./inheritance-examples.ts";

const file = "docs/runner-yml.md";

/** The example of the page; a test reads it as Mayfly does. */
export const exampleFile = `# yaml-language-server: $schema=…/schema/runner.schema.json
runners:
  default: # runs-on: mayfly
    execution: auto
  lint: # runs-on: mayfly/lint
    execution: lambda
    memory-gb: 2
    timeout-minutes: 10
  test: # runs-on: mayfly/test
    arch: arm64
    cpu: 4
    memory-gb: 8
  build: # runs-on: mayfly/build, or [self-hosted, linux, x64, build]
    labels: [self-hosted, linux, x64, build]
    execution: ec2
    instance-types: [c7i.xlarge, c7a.xlarge]
    spot: prefer
    disk-gb: 60
    image: ubuntu-24.04
    role: deploy
    subnets: private
    timeout-minutes: 120
    max-runners: 10
    priority: 5
max-runners: 20
report: always
`;

/** docs/runner-yml.md as the table of options wants it. */
export async function runnerYmlPage(): Promise<string> {
  const text = [
    ...introduction(),
    ...labels(),
    "## Keys of a runner",
    "All are optional. _Default_ is what holds when neither this file, nor the organisation's, nor the operator's `defaults`",
    "say anything.",
    "",
    ...Object.entries<Option>(options).flatMap(([key, option]) =>
      keySection("###", `\`${key}\``, option, optionPoints(key, option)),
    ),
    "## Keys of the whole file",
    ...Object.entries(fileOptions).flatMap(([key, option]) => keySection("###", `\`${key}\` of the file`, option)),
    ...inheritance(),
    ...problems(),
    ...tools(),
    "This page is written by `node scripts/docs-runner-yml.ts` from `src/core/planning/options.ts`.",
  ].join("\n");
  return await format(text, { ...(await resolveConfig(file)), parser: "markdown" });
}

function introduction(): string[] {
  return [
    "# `.github/runner.yml`",
    "No file is needed: `runs-on: mayfly`, `mayfly/lambda` and `mayfly/ec2` work without one. The file names runners of",
    "a repository's own and shapes them:",
    "",
    "```yaml",
    exampleFile.trimEnd(),
    "```",
    "",
    "It is read from the default branch only, so a pull request cannot change what its own jobs get. What a runner leaves",
    "open is as the operator's policy says ([policy-yml.md](policy-yml.md)), or else:",
    "",
    "| | Lambda | EC2 |",
    "| --- | --- | --- |",
    "| memory | 3008 MB | 4 GB |",
    "| vCPU | what the memory brings, about 1.7 | 2 |",
    "| disk | 10 GB of `/tmp` | 30 GB gp3 |",
    "| architecture | x64 | x64 |",
    "| longest job | 14 minutes (840 s) | 360 minutes |",
    "| capacity | | spot, else on-demand |",
    "",
  ];
}

function labels(): string[] {
  return [
    "## Labels",
    "`runs-on: mayfly[/NAME][/key=value…]`, in this order, where upper and lower case do not matter:",
    "",
    "- `NAME` is a runner of the file, or one of those that need no file: `default` (as plain `mayfly`), `lambda`, `ec2`,",
    "  `microvm`. The file may shape `default`; the others cannot be redefined.",
    `- \`key=value\` says a key of the runner for this job, as far as the operator allows: ${quoted(labelKeys)}. \`mayfly/build/cpu=8\`.`,
    "- `run=…` takes any text and makes the label unique, so that no other job takes the machine:",
    "  `mayfly/build/run=${{ github.run_id }}-${{ strategy.job-index }}`.",
    "- Beside it only `self-hosted`, `linux` and the machine's architecture (`x64` or `arm64`) may stand.",
    "",
    "A runner with `labels` also serves jobs whose `runs-on` is exactly this set, in any order.",
    "",
  ];
}

function optionPoints(key: string, { executions, most = {}, inLabels }: Option): (readonly [string, string])[] {
  const limits = Object.entries(most).map(([execution, limit]) => `at most ${limit} on ${execution}`);
  return [
    ["For", quoted(executions)],
    ["In a label", inLabels ? `\`mayfly/NAME/${key}=…\`` : "no"],
    ...(limits.length === 0 ? [] : [["Limits", limits.join(", ")] as const]),
  ];
}

function inheritance(): string[] {
  return [
    "## Inheritance",
    "Three places say what a runner is, the nearest first:",
    "",
    "1. `.github/runner.yml` of the repository,",
    "2. `.github/runner.yml` of the organisation: of its repository `.github-private`, or else of `.github`,",
    "3. `defaults` of the operator's policy, which are of every runner.",
    "",
    "- Mappings are joined key by key: runners by their names, regardless of case, and the keys of a runner one by one.",
    "  The nearest place that has a key says its value.",
    "- Lists (`labels`, `instance-types`) are replaced as a whole.",
    "- A key that contradicts a nearer one is not inherited: one that means nothing for the runner's `execution` or is more",
    "  than that has; an `execution` that cannot have a nearer key; `cpu` and `memory-gb` where nearer `instance-types` stand,",
    "  and the other way round; another architecture, by `arch`, instance type or image; a set of `labels` that a nearer",
    "  runner has.",
    "- The policy's limits hold for what comes out. A repository can only tighten them.",
    "",
    ...inheritanceExamples.flatMap(example),
  ];
}

function example({ title, text, repository, organisation, policy, result }: InheritanceExample): string[] {
  const block = (what: string, yaml: string): string[] => ["```yaml", `# ${what}`, yaml.trimEnd(), "```", ""];
  return [
    `### Example: ${title}`,
    text,
    "",
    ...block(".github/runner.yml of the repository", repository),
    ...block(".github/runner.yml of the organisation", organisation),
    ...block("policy.yml of the operator", policy),
    ...block("what comes out", result),
  ];
}

function problems(): string[] {
  return [
    "## When something is wrong",
    "Every problem is named at once, with the place where it begins and ends: a wrong value at the value; a key that is not",
    "known, or impossible for the runner's `execution`, at the key. With an error the whole file is not used: jobs get what",
    "its last version without errors said, or else the operator's defaults, and the check run says so and shows the lines.",
    "Warnings and notices leave the file in force.",
    "",
    "| Code | Severity | Meaning |",
    "| --- | --- | --- |",
    ...Object.entries(problemKinds).map(([code, { severity, meaning }]) => `| ${code} | ${severity} | ${meaning} |`),
    "",
    "The file is YAML 1.2 in UTF-8, at most 64 KiB, one document; anchors and merge keys (`<<`) work within it. No value is",
    'converted: `spot: true` and `cpu: "4"` are errors, not guesses.',
    "",
  ];
}

function tools(): string[] {
  return [
    "## Tools",
    "Inside a clone of Mayfly:",
    "",
    "| Command | What it does |",
    "| --- | --- |",
    "| `npx mayfly init` | writes a first file, from the labels that the workflows use |",
    "| `npx mayfly lint [FILES or DIR]` | checks files before they are pushed: exit 1 on errors |",
    "| `npx mayfly plan` | says what jobs would get, and why |",
    "| `npx mayfly import FILE` | makes a file out of the configuration of another system |",
    "| `npx mayfly schema [runner or policy]` | prints the JSON Schema |",
    "",
    "`lint` and `plan` take the operator's file by `--policy FILE` (without it everything is allowed), the organisation's",
    "by `--inherit FILE`, which nobody can know offline, and by `--prefix TEXT` the first part of labels of another stage.",
    "`--help` says the rest, exit codes too.",
    "",
    "`lint --format json`, `sarif` (code scanning) or `github` (annotations of the job that runs it) instead of lines for",
    "people.",
    "",
    "Editors complete and check the file by its [JSON Schema](../schema/runner.schema.json); those with the YAML language",
    "server want its address in the first line: `# yaml-language-server: $schema=…/schema/runner.schema.json`.",
    "",
  ];
}

if (import.meta.main) await writeFile(file, await runnerYmlPage());
