import { readMapping } from "../../../core/planning/runner-config/read-mapping.ts";
import type { YamlDocument } from "../../../core/ports.ts";
import { fittingName } from "./fitting-name.ts";
import type { Imported, ImportedRunner, Note } from "./imported.ts";
import { inYaml } from "./render.ts";
import { runnerNames } from "./runner-names.ts";
import { readRunsOnRunner } from "./runs-on-runner.ts";
import type { Image } from "./runs-on-runner.ts";

const introduction = [
  "In the workflows `runs-on: runs-on=${{ github.run_id }}/runner=NAME` becomes `runs-on: mayfly/NAME`, or, to keep a",
  "machine for one job, `mayfly/NAME/run=${{ github.run_id }}-${{ strategy.job-index }}`.",
  "RunsOn launches EC2 instances, hence `execution: ec2`; without that line Mayfly chooses between Lambda and EC2.",
];

/** What stands beside `runners`, and what Mayfly has instead. */
const elsewhere: Readonly<Record<string, string>> = {
  _extends:
    "Mayfly reads `.github/runner.yml` of the organisation's repository `.github-private`, or else `.github`, by itself: " +
    "put what other repositories share there",
  pools: "Mayfly keeps no machines warm: every job gets one of its own",
  admins: "Mayfly's machines let nobody in by SSH",
};

/**
 * Reads RunsOn's `.github/runs-on.yml` (https://runs-on.com/configuration/repo-config/). Undefined when the document is
 * none.
 */
export function readRunsOn(document: YamlDocument): Imported | undefined {
  const entries = document.value === undefined ? undefined : readMapping(document.value);
  const known =
    entries?.filter(([key]) => key === "runners" || key === "images" || Object.hasOwn(elsewhere, key)) ?? [];
  const file = new Map(known);
  const runners = readMapping(file.get("runners"));
  const images = readMapping(file.get("images"));
  if (entries === undefined || known.length === 0 || runners === undefined || images === undefined) return undefined;
  const notes: Note[] = document.problems.map(({ line, message }) => ({ line, message: `${message}.` }));
  for (const [key] of entries) {
    const counterpart = elsewhere[key];
    if (counterpart !== undefined)
      notes.push({ line: lineOf(document, [key]), message: `\`${key}\`: ${counterpart}.` });
    else if (!file.has(key)) notes.push({ line: lineOf(document, [key]), message: `\`${key}\` is no key of RunsOn.` });
  }
  const readImages = new Map(images.map(([name, value]) => [name, readImage(value)]));
  for (const [name, image] of readImages) {
    notes.push({ line: lineOf(document, ["images", name]), message: describeImage(name, image) });
  }
  const nameFor = runnerNames();
  const read = runners.flatMap(([name, value]): ImportedRunner[] => {
    const path = ["runners", name];
    const line = lineOf(document, path);
    const runner = readRunsOnRunner(value, {
      images: readImages,
      note: (key, message) => {
        const at = key === undefined ? line : lineOf(document, [...path, key]);
        notes.push({ line: at, message: `\`${name}\`: ${message}.` });
      },
    });
    if (runner === undefined) return [];
    const ours = nameFor(name);
    if (ours !== name)
      notes.push({ line, message: `\`${name}\` is called \`${ours}\` here: a label cannot name it otherwise.` });
    return [{ name: ours, line, keys: runner }];
  });
  return { introduction, runners: read, notes };
}

function lineOf(document: YamlDocument, path: readonly string[]): number {
  return document.rangeOf(path, "key").line;
}

function readImage(value: unknown): Image {
  const entries = new Map(readMapping(value));
  const arch = entries.get("arch");
  const ami = entries.get("ami");
  return {
    arch: arch === "x64" || arch === "arm64" ? arch : undefined,
    isWindows: entries.get("platform") === "windows",
    ami: typeof ami === "string" ? ami : undefined,
  };
}

function describeImage(name: string, { arch = "x64", isWindows, ami }: Image): string {
  if (isWindows) return `The image \`${name}\` is for Windows; Mayfly's machines are Linux.`;
  const entry = inYaml({ [fittingName(name, "image")]: { arch, ec2: ami ?? "ami-…" } });
  const which = ami === undefined ? " with the id of the AMI, which Mayfly does not look up by name or owner" : "";
  return `Images are the operator's: policy.yml has to define \`images: ${entry}\`${which}. What is installed on its start belongs into it.`;
}
