/**
 * GitHub's command line as far as `.ci/report-seed.sh` uses it. Keeps its issues in the file that GH_ISSUES names, and
 * to the original's rules: no token or an option that it does not know is an error; a list that no terminal shows is one
 * line an issue, parts divided by tabs, the newest first; a body has 65,536 characters at most.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

export type Issue = {
  readonly number: number;
  readonly title: string;
  readonly state: "open" | "closed";
  /** `github-actions` or a person's name. */
  readonly author: string;
  readonly body: string;
  readonly comments: readonly string[];
};

const file = process.env["GH_ISSUES"] ?? "";
const issues = JSON.parse(readFileSync(file, "utf8")) as Issue[];
const text = { type: "string" } as const;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function bodyOf(from: string | undefined): string {
  if (from !== "-") fail("this one reads bodies from its standard input only");
  const body = readFileSync(0, "utf8");
  if (body.length > 65_536) fail("GraphQL: Body is too long (maximum is 65536 characters)");
  return body;
}

function list(args: string[]): void {
  const { values } = parseArgs({ args, options: { repo: text, state: text, app: text, limit: text } });
  const { state = "open", app, limit = "30" } = values;
  const found = issues
    .filter((issue) => (state === "all" || issue.state === state) && (app === undefined || issue.author === app))
    .toSorted((left, right) => right.number - left.number)
    .slice(0, Number(limit));
  for (const { number, title } of found) {
    process.stdout.write(`${number}\t${state.toUpperCase()}\t${title}\t\t2026-11-22T12:00:00Z\n`);
  }
}

function create(args: string[]): void {
  const { values } = parseArgs({ args, options: { repo: text, title: text, "body-file": text } });
  const { title = fail("must provide `--title` and `--body` when not running interactively") } = values;
  const number = issues.length + 1;
  const body = bodyOf(values["body-file"]);
  issues.push({ number, title, state: "open", author: "github-actions", body, comments: [] });
}

function comment(args: string[]): void {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { repo: text, "body-file": text },
  });
  const index = issues.findIndex(({ number }) => number === Number(positionals[0]));
  const issue = issues[index] ?? fail("GraphQL: Could not resolve to an issue or pull request");
  issues[index] = { ...issue, comments: [...issue.comments, bodyOf(values["body-file"])] };
}

if ((process.env["GH_TOKEN"] ?? "") === "") fail("To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN");
const [topic, verb = "", ...args] = process.argv.slice(2);
const run = topic === "issue" ? { list, create, comment }[verb] : undefined;
if (run === undefined) fail(`unknown command "${topic ?? ""} ${verb}" for "gh"`);
if (!args.includes("--repo")) fail("fatal: not a git repository");
run(args);
writeFileSync(file, JSON.stringify(issues));
