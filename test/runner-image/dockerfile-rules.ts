import {
  DockerfileParser,
  type Copy,
  type Dockerfile,
  type Instruction,
  type PropertyInstruction,
} from "dockerfile-ast";

/** A parsed Dockerfile, cut into its stages. */
export type Stage = {
  readonly name: string | undefined;
  readonly image: string;
  readonly instructions: readonly Instruction[];
};

export function parse(text: string): Dockerfile {
  return DockerfileParser.parse(text);
}

export function stagesOf(text: string): Stage[] {
  const stages: { name: string | undefined; image: string; instructions: Instruction[] }[] = [];
  for (const instruction of parse(text).getInstructions()) {
    if (instruction.getKeyword() === "FROM") {
      const [image = "", , name] = instruction.getArguments().map((argument) => argument.getValue());
      stages.push({ name, image, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

export function textOf(instruction: Instruction): string {
  return instruction.getArgumentsContent() ?? "";
}

export function ofKind(instructions: readonly Instruction[], ...keywords: readonly string[]): Instruction[] {
  return instructions.filter((instruction) => keywords.includes(instruction.getKeyword()));
}

/** The commands of a RUN: what `&&`, `||`, `;` and line ends part. */
export function commandsOf(run: Instruction): string[] {
  return textOf(run).split(/&&|\|\||;;|;/).map((command) => command.trim()).filter((command) => command !== ""); // prettier-ignore
}

/** Name and default of every ARG and ENV and LABEL of the instructions. */
export function settingsOf(instructions: readonly Instruction[]): { readonly name: string; readonly value: string }[] {
  return ofKind(instructions, "ARG", "ENV", "LABEL").flatMap((instruction) =>
    (instruction as PropertyInstruction).getProperties().map((property) => ({
      name: property.getName(),
      value: property.getValue() ?? "",
    })),
  );
}

/** Files of the build context that a Dockerfile copies. */
export function copiedFromContext(text: string): string[] {
  return ofKind(parse(text).getInstructions(), "COPY", "ADD")
    .filter((copy) => (copy as Copy).getFromFlag() === null)
    .flatMap((copy) =>
      copy
        .getArguments()
        .slice(0, -1)
        .map((argument) => argument.getValue()),
    );
}

type Rule = (stages: readonly Stage[]) => string[];

/** What a Dockerfile of ours must not do, each broken rule as a sentence. Empty is good. */
export function faultsOf(text: string): string[] {
  const stages = stagesOf(text);
  return Object.values(rules).flatMap((rule) => rule(stages));
}

const rules: Readonly<Record<string, Rule>> = {
  pinnedBases: (stages) =>
    stages.flatMap(({ image }, index) => {
      if (stages.slice(0, index).some(({ name }) => name === image)) return [];
      return /^[\w.-]+(\/[\w.-]+)+:(?!latest@)[\w.-]+@sha256:[0-9a-f]{64}$/.test(image)
        ? []
        : [`${image} is not pinned`];
    }),
  noLatest: (stages) =>
    all(stages).filter((one) => /\blatest\b/i.test(textOf(one))).map((one) => `latest: ${textOf(one)}`), // prettier-ignore
  verifiedDownloads: (stages) => runs(stages).flatMap((run) => downloadFaults(commandsOf(run))),
  noOtherSources: (stages) => [
    ...ofKind(all(stages), "ADD").map((add) => `ADD ${textOf(add)}`),
    ...runs(stages)
      .flatMap(commandsOf)
      .filter((command) => /^(wget|pip3?|npm|npx|git clone|go install)\b/.test(command))
      .map((command) => `not pinned by a checksum: ${command}`),
  ],
  bothArchitectures: (stages) =>
    runs(stages)
      .filter((run) => downloads.test(textOf(run)))
      .filter((run) => !/case "\$\{TARGETARCH\}" in\s+amd64\).*\s+arm64\).*\s+\*\).*exit 1/.test(textOf(run)))
      .map((run) => `not for both architectures: ${textOf(run)}`),
  noSecrets: (stages) =>
    settingsOf(all(stages))
      .filter(({ name, value }) => secretName.test(name) || secretValue.test(value))
      .map(({ name }) => `${name} looks like a secret`),
  cleanCaches: (stages) =>
    runs(stages)
      .filter((run) => /\bdnf (install|upgrade|update)\b/.test(textOf(run)))
      .filter((run) => !/dnf clean all\s+&& rm -rf \/var\/cache\/dnf/.test(textOf(run)))
      .map((run) => `leaves dnf's caches: ${textOf(run)}`),
  failingShells: (stages) =>
    stages
      .filter(({ instructions }) => ofKind(instructions, "RUN").length > 0)
      .filter(({ instructions }) => {
        const [first] = ofKind(instructions, "SHELL", "RUN");
        return first?.getKeyword() !== "SHELL" || !/"-euo", "pipefail"/.test(textOf(first));
      })
      .map(({ name }) => `a failing command does not fail stage ${name ?? "(last)"}`),
  asLambdaNeeds: (stages) => lambdaFaults(stages.at(-1)?.instructions ?? []),
};

const downloads = /\bcurl -/;

/** As Docker's own check SecretsUsedInArgOrEnv; and what keys and tokens look like. */
const secretName = /(?:^|_)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const secretValue = /AKIA[0-9A-Z]{16}|gh[a-z]_\w{20}|github_pat_|-----BEGIN/;

function all(stages: readonly Stage[]): Instruction[] {
  return stages.flatMap(({ instructions }) => instructions);
}

function runs(stages: readonly Stage[]): Instruction[] {
  return ofKind(all(stages), "RUN");
}

/** Every file that curl gets must be checked before anything else touches it. */
function downloadFaults(commands: readonly string[]): string[] {
  return commands.flatMap((command, index) => {
    if (!downloads.test(command)) return [];
    if (!command.startsWith("curl -fsSL --proto '=https' --tlsv1.2 "))
      return [`may fall back to http, or hide a failure: ${command}`];
    const file = / -o (\S+) /.exec(command)?.[1];
    if (file === undefined || command.includes("|")) return [`not into a file: ${command}`];
    if (file.endsWith(".sig")) return [];
    const next = commands.slice(index + 1).filter((later) => !later.startsWith("curl ") && mentions(later, file));
    return verifies(next[0] ?? "", file, commands) ? [] : [`used before it is checked: ${file}`];
  });
}

function mentions(command: string, file: string): boolean {
  return command.split(/[\s"']+/).includes(file);
}

function verifies(command: string, file: string, commands: readonly string[]): boolean {
  if (command === `echo "\${sha256}  ${file}" | sha256sum --check --strict -`) return true;
  const signed = command === `gpg --batch --no-autostart --status-fd 1 --verify ${file}.sig ${file} >verdict`;
  const verdict = commands[commands.indexOf(command) + 1] ?? "";
  return signed && /^grep -F "\[GNUPG:\] VALIDSIG \$\{\w+_SIGNER\} " verdict$/.test(verdict);
}

/** The last stage: no root, the supervisor as the process that Lambda starts, nothing that needs another engine. */
function lambdaFaults(instructions: readonly Instruction[]): string[] {
  const user = ofKind(instructions, "USER").map(textOf);
  const entry = ofKind(instructions, "ENTRYPOINT").map(textOf);
  const settings = new Map(settingsOf(ofKind(instructions, "ENV")).map(({ name, value }) => [name, value]));
  return [
    ...(user.length === 1 && /^[1-9]\d*:[1-9]\d*$/.test(user[0] ?? "") ? [] : ["USER is not a number without rights"]),
    ...(entry.length === 1 && entry[0] === '["/opt/node/bin/node", "/opt/mayfly/supervisor.mjs"]'
      ? []
      : ["ENTRYPOINT is not the supervisor"]),
    ...(settings.get("MAYFLY_PROCESS_SCOPE") === "machine" ? [] : ["MAYFLY_PROCESS_SCOPE is not machine"]),
    ...(settings.get("MAYFLY_RUNNER_DIST") === "/opt/actions-runner" ? [] : ["MAYFLY_RUNNER_DIST is not the runner"]),
    ...ofKind(instructions, "CMD", "VOLUME", "EXPOSE", "HEALTHCHECK", "ONBUILD", "STOPSIGNAL").map(
      (one) => `Lambda knows no ${one.getKeyword()}, or needs none`,
    ),
  ];
}
