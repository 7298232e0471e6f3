import { stripVTControlCharacters } from "node:util";
import type { Judged } from "./judged.ts";

/** A test as Jest's JSON tells it, as far as it is read here. */
export type JestTest = { readonly fullName: string; readonly title: string; readonly status: string };
/** A file of tests; `name` is its path, `message` what went wrong with it as a whole. */
export type JestFile = {
  readonly name: string;
  readonly message: string;
  readonly assertionResults: readonly JestTest[];
};

/** What became of one service. */
export type Verdict = {
  readonly service: Judged;
  readonly passed: number;
  /** Each with its reason; empty when all is well. */
  readonly failures: readonly string[];
  /** What this judge does otherwise than AWS: seen by a test, then what no test can see. */
  readonly notKept: readonly string[];
};

/** A test whose title begins so has seen what the judge does otherwise, and is no check of ours. */
const notKeptPrefix = "not kept by this judge: ";

/**
 * Counts for each service what its tests say. A test that was not run counts as failed, and so does a service of which
 * nothing was checked: nothing is skipped in silence.
 */
export function judgement(services: readonly Judged[], files: readonly JestFile[]): readonly Verdict[] {
  return services.map((service) => {
    const file = files.find(({ name }) => name.endsWith(`/test/aws/${service.file}.test.ts`));
    const tests = file?.assertionResults ?? [];
    const good = tests.filter(({ status }) => status === "passed");
    const checks = good.filter(({ title }) => !title.startsWith(notKeptPrefix));
    const seen = good.filter(({ title }) => title.startsWith(notKeptPrefix));
    const failures = tests
      .filter(({ status }) => status !== "passed")
      .map(({ fullName, status }) => (status === "failed" ? fullName : `${fullName} (${status}: was not run)`));
    if (checks.length + failures.length === 0) failures.push(`it was not judged at all${whyNot(file)}`);
    const notKept = [...seen.map(({ title }) => title.slice(notKeptPrefix.length)), ...service.beyond];
    return { service, passed: checks.length, failures, notKept };
  });
}

/** The first lines of what Jest says of a file that it could not run. */
function whyNot(file: JestFile | undefined): string {
  const lines = stripVTControlCharacters(file?.message ?? "").split("\n");
  const words = lines.map((line) => line.trim()).filter((line) => line !== "");
  return words.length === 0 ? "" : `: ${words.slice(0, 3).join(" ")}`;
}

const columns = 120;

/** The verdicts for people: a table, what failed, and the sums. */
export function judgementText(verdicts: readonly Verdict[]): string {
  const width = Math.max(...verdicts.map(({ service }) => service.name.length));
  const rows = verdicts.map(({ service, passed, failures, notKept }) => {
    const counts = `${String(passed).padStart(4)} passed ${String(failures.length).padStart(3)} failed  `;
    const head = `${service.name.padEnd(width)} ${counts}`;
    return folded(`not kept by this judge: ${notKept.join("; ")}`, head);
  });
  const failures = verdicts.flatMap((verdict) =>
    verdict.failures.map((one) => `failed: ${verdict.service.name}: ${one}`),
  );
  const passed = verdicts.reduce((sum, verdict) => sum + verdict.passed, 0);
  return [...rows, ...failures, `${passed} checks passed, ${failures.length} failed`].join("\n");
}

/** A text in lines behind a head, each as far in as the first. */
function folded(text: string, head: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && head.length + line.length + word.length >= columns) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return head + lines.join(`\n${" ".repeat(head.length)}`);
}
