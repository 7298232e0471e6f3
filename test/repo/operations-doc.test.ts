import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { functions } from "../../scripts/build/functions.ts";
import { runCli } from "../../src/entrypoints/cli/program.ts";
import { metricRules } from "../../src/core/metrics.ts";
import { costOf } from "../../src/core/planning/machines/cost.ts";
import { defaultPrices } from "../../src/core/planning/machines/prices.ts";
import type { PricedMachine } from "../../src/core/planning/machines/prices.ts";
import { repositoryFiles, textOf } from "./repository.ts";
import { sourceFiles } from "./source-files.ts";

const page = "docs/operations.md";

/** What stands below a heading, down to the next one of any level. */
function below(heading: string): string {
  const [, rest = ""] = textOf(page).split(new RegExp(`^#+ ${heading}\n`, "m")); // prettier-ignore
  return rest.split(/^#+ /m)[0] ?? "";
}

/** Rows of the first table of a section whose head begins with `first`; without the head. */
function rows(heading: string, first: string): string[][] {
  const tables = [...below(heading).matchAll(/^(?:\|.*\|\n)+/gm)].map(([table]) =>
    table.trimEnd().split("\n").map(cells),
  );
  const [, , ...body] = tables.find(([head]) => head?.[0] === first) ?? [];
  return body;
}

function cells(line: string): string[] {
  return line.split("|").slice(1, -1).map((cell) => cell.trim()); // prettier-ignore
}

/** Everything between backticks. */
function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted();

type Alarm = { readonly AlarmName: string; readonly Metrics?: readonly { readonly MetricStat?: unknown }[] };
type Fragment = {
  readonly Resources?: Readonly<Record<string, { readonly Type: string; readonly Properties: unknown }>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
};

/** YAML with CloudFormation's own tags, which count as what they stand before. */
const fragmentOf = (file: string): Fragment => parse(textOf(file), { logLevel: "silent" }) as Fragment;

const fragments = repositoryFiles()
  .filter((file) => /^resources\/.*\.yml$/.test(file) && !/statements|environment/.test(file))
  .map(fragmentOf);
const resources = fragments.flatMap(({ Resources = {} }) => Object.entries(Resources));
const service = parse(textOf("serverless.yml"), { logLevel: "silent" }) as {
  readonly params: Readonly<Record<"default" | "prod", Readonly<Record<string, string | number | object | undefined>>>>;
  readonly functions: Readonly<Record<string, unknown>>;
};

describe("what docs/operations.md says is deployed", () => {
  test("has each resource and parameter of resources/ in a row, and no other", () => {
    const made = fragments.flatMap(({ Resources = {}, Parameters = {} }) =>
      Object.keys({ ...Resources, ...Parameters }),
    );
    const named = rows("What is deployed", "resource").flatMap(([cell = ""]) => quoted(cell));
    expect(made.length).toBeGreaterThan(40);
    expect(sorted(named.filter((name) => /^[A-Z]\w+$/.test(name)))).toEqual(sorted(made));
  });

  test("has each function in a row, with its role", () => {
    const named = rows("What is deployed", "resource").flatMap(
      ([cell = ""]) => /^function `(\w+)`, `(\w+)`/.exec(cell) ?? [],
    );
    for (const name of Object.keys(service.functions)) {
      expect(named).toEqual(expect.arrayContaining([name, `${name.charAt(0).toUpperCase()}${name.slice(1)}Role`]));
    }
    expect(Object.keys(service.functions)).toEqual(expect.arrayContaining(functions.map(({ name }) => name)));
  });

  test("leaves no cell empty", () => {
    const empty = rows("What is deployed", "resource").filter((row) => row.length !== 4 || row.includes(""));
    expect(empty).toEqual([]);
  });

  test("names every output", () => {
    const outputs = fragments.flatMap(({ Outputs = {} }) => Object.keys(Outputs));
    expect(outputs.length).toBeGreaterThan(5);
    expect(quoted(below("What is deployed"))).toEqual(expect.arrayContaining(outputs));
  });
});

describe("commands of an operator", () => {
  const documents = [page, "README.md", "docs/adr/0015-policy-in-ssm.md", "runner-image/README.md"];
  const calls = (name: RegExp): string[] =>
    documents.flatMap((file) =>
      [...textOf(file).matchAll(/^```sh\n([\s\S]*?)^```/gm), ...textOf(file).matchAll(/`(np[mx] [^`\n]+)`/g)].flatMap(
        ([, text = ""]) => text.split("\n").filter((line) => name.test(line)),
      ),
    );
  const optionsIn = (text: string): string[] => text.match(/--[a-z][a-z-]*/g) ?? [];

  const helpOf = async (words: readonly string[]): Promise<string> => {
    let help = "";
    await runCli([...words, "--help"], { out: (text) => void (help += text), error: (text) => void (help += text) });
    return help;
  };

  test.each([...new Set(calls(/^npx mayfly /))])("%s", async (call) => {
    const [subcommand = "", second = ""] = call.split(" ").slice(2);
    const words = subcommand === "secret" && second !== "" ? [subcommand, second] : [subcommand];
    const help = await helpOf(words);
    expect(help).toContain(`Usage: mayfly ${words.join(" ")} [`);
    expect(optionsIn(help)).toEqual(expect.arrayContaining(optionsIn(call)));
  });

  test.each([...new Set(calls(/^npm run image:/))])("%s", (call) => {
    const [, script = ""] = /image:(\w+)/.exec(call) ?? [];
    const declared = [...textOf(`scripts/image-${script}.ts`).matchAll(/ption\("(--[a-z-]+)/g)].map(([, name]) => name);
    expect(declared).toEqual(expect.arrayContaining(optionsIn(call.replace(" -- ", " "))));
  });

  test("an option that is not there would be noticed", async () => {
    expect(optionsIn(await helpOf(["register"]))).toContain("--organization");
    expect(optionsIn(await helpOf(["register"]))).not.toContain("--organisation");
    expect(await helpOf(["regster"])).not.toContain("Usage: mayfly regster");
    expect(calls(/^npx mayfly /).length).toBeGreaterThan(10);
    expect(calls(/^npm run image:/).length).toBeGreaterThan(3);
  });

  test("README's deployment is five commands at most", () => {
    const [, rest = ""] = textOf("README.md").split(/^## Deploy it$/m);
    const [, block = ""] = /^```sh\n([\s\S]*?)^```/m.exec(rest) ?? [];
    const lines = block.trim().split("\n");
    expect(lines.length).toBeLessThanOrEqual(5);
    expect(lines.filter((line) => line.includes("&&"))).toEqual([]);
    expect(block).toMatch(/image:push[\s\S]*run deploy[\s\S]*mayfly register[\s\S]*run deploy/);
  });
});

describe("parameters", () => {
  const { default: usual, prod } = service.params;
  const table = rows("Parameters", "parameter").map(([names = "", value = ""]) => ({ names: quoted(names), value }));

  test("are in the table, all of them and no others", () => {
    expect(sorted(table.flatMap(({ names }) => names))).toEqual(sorted(Object.keys(usual)));
  });

  /** Empty lists and mappings are none. */
  const plain = (value: string | number | object | undefined): string =>
    typeof value === "object" ? "" : String(value ?? "");

  test("have the defaults that it says", () => {
    const wrong = table.filter(({ names: [name = ""], value }) => {
      const [said, saidInProd] = quoted(value);
      const given = plain(usual[name]).replace("${self:provider.stage}", "<stage>");
      if (plain(prod[name]) !== (saidInProd ?? "")) return true;
      // "none", or words for what is taken then
      return given === "" ? value.startsWith("`") : said !== given;
    });
    expect(wrong).toEqual([]);
  });

  test("variables of the functions are in theirs", () => {
    const files = sourceFiles("src/entrypoints/lambda").map(({ text }) => text);
    const read = files.flatMap((text) => [...text.matchAll(/"(MAYFLY_[A-Z0-9_]+)"/g)].map(([, name = ""]) => name));
    const named = rows("Parameters", "variable").flatMap(([names = ""]) => quoted(names));
    expect(sorted(named)).toEqual(sorted(read));
  });
});

test("variables of the Lambda runner's program are in runner-image/README.md, those and no others", () => {
  const read = textOf("runner-image/supervisor/settings.ts").match(/\bMAYFLY_[A-Z_]+\b/g) ?? [];
  const named = textOf("runner-image/README.md").match(/\bMAYFLY_[A-Z_]+\b/g) ?? [];
  expect(read.length).toBeGreaterThan(5);
  expect(sorted(named)).toEqual(sorted(read));
});

describe("at 3 am", () => {
  const alarms = resources.filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm");
  const nameOf = (name: string): string =>
    name.replace("${self:custom.stack}-", "").replace("${self:custom.stack}/", "");

  test("every alarm has a row with what it means and what to do, and no other has one", () => {
    const names = alarms.map(([, { Properties }]) => nameOf((Properties as Alarm).AlarmName));
    const table = rows("Alarms", "alarm");
    expect(sorted(table.flatMap(([name = ""]) => quoted(name)))).toEqual(sorted(names));
    expect(table.filter((row) => row.length !== 4 || row.includes(""))).toEqual([]);
  });

  test("every saved query has one", () => {
    const queries = resources.filter(([, { Type }]) => Type === "AWS::Logs::QueryDefinition");
    const names = queries.map(([, { Properties }]) => nameOf((Properties as { Name: string }).Name));
    expect(sorted(rows("Logs and saved queries", "query").flatMap(([name = ""]) => quoted(name)))).toEqual(
      sorted(names),
    );
  });

  test("what is quoted of the log is written by the code", () => {
    const said = ["role credentials given", "the policy cannot be used: the last good one stays in force"];
    const source = sourceFiles("src").map(({ text }) => text).join("\n"); // prettier-ignore
    for (const words of said) {
      expect(textOf(page)).toContain(words);
      expect(source).toContain(words);
    }
  });
});

/** Works out sums of products: `3 × 43,200 × 0.5 + 1`. NaN for anything else. */
function workOut(formula: string): number {
  const factor = (text: string): number => (/^[\d,]+(?:\.\d+)?$/.test(text) ? Number(text.replaceAll(",", "")) : NaN);
  const product = (text: string): number => text.split(" × ").reduce((value, one) => value * factor(one), 1);
  return formula.split(" + ").reduce((sum, one) => sum + product(one), 0);
}

describe("sums of money", () => {
  test.each([
    ["An idle month", 2],
    ["1,000 jobs", 4],
  ] as const)(
    "%s: every formula gives what stands beside it, and together they are the last row",
    (heading, digits) => {
      const table = rows(heading, "what");
      const parts = table.slice(0, -1);
      expect(parts.length).toBeGreaterThan(5);
      for (const [what, formula = "", usd = "", left = "0"] of parts) {
        expect([what, workOut(formula.replaceAll("`", "")).toFixed(digits)]).toEqual([what, usd]);
        expect([what, Number(left) <= Number(usd)]).toEqual([what, true]);
      }
      const [last = []] = table.slice(-1);
      for (const column of [2, 3].filter((index) => last[index] !== undefined)) {
        const sum = parts.reduce((total, row) => total + Number(row[column]), 0);
        expect(last[column]).toBe(sum.toFixed(digits));
      }
    },
  );

  test("a sum that is wrong would be noticed", () => {
    expect(workOut("3 × 43,200 × 0.5 + 1")).toBe(64_801);
    expect(workOut("3 x 4")).toBeNaN();
  });

  test("metrics, alarms and the dashboard are as many as it counts", () => {
    const values: Readonly<Record<string, number>> = { execution: 2, conclusion: 5, state: 4, scope: 3 };
    const metrics = Object.values(metricRules).reduce(
      (sum, { dimensions }) => sum + dimensions.reduce((product, name) => product * (values[name] ?? NaN), 1),
      0,
    );
    expect(below("An idle month")).toContain(`${metrics} metrics`);
    expect(below("An idle month")).toContain(`${(metrics * 0.3).toFixed(2)} in place of`);
    const alarmed = resources
      .filter(([, { Type }]) => Type === "AWS::CloudWatch::Alarm")
      .map(([, { Properties }]) => (Properties as Alarm).Metrics?.filter(({ MetricStat }) => MetricStat).length ?? 1);
    expect(below("An idle month")).toContain(`alarms: ${alarmed.reduce((sum, count) => sum + count, 0)} metrics`);
    const { widgets } = JSON.parse(textOf("resources/dashboard.json")) as {
      widgets: { properties: { metrics?: unknown[][] } }[];
    };
    const shown = widgets.flatMap(({ properties: { metrics: lines = [] } }) =>
      lines.flatMap((line) =>
        typeof line[0] === "string" ? [line.filter((part) => typeof part === "string").join(" ")] : [],
      ),
    );
    expect(below("An idle month")).toContain(`the dashboard: ${new Set(shown).size} metrics`);
  });

  test("machines cost what Mayfly's own estimates say", () => {
    const onLambda = (arch: "x64" | "arm64"): PricedMachine => ({ execution: "lambda", memoryMb: 3008, arch });
    const onEc2 = (instanceType: string, market: "spot" | "on-demand"): PricedMachine => ({ execution: "ec2", instanceType, market, diskGb: 30 }); // prettier-ignore
    const machines = [
      onLambda("x64"),
      onLambda("arm64"),
      onEc2("c7i.large", "on-demand"),
      onEc2("c7i.large", "spot"),
      onEc2("m7g.large", "spot"),
    ];
    const costs = machines.map((machine) =>
      [20, 60, 180, 600, 1800].map((seconds) =>
        machine.execution === "lambda" && seconds > 840
          ? "–"
          : (1000 * (costOf(machine, seconds, defaultPrices) ?? NaN)).toFixed(2),
      ),
    );
    expect(rows("1,000 jobs", "machine").map(([, ...row]) => row)).toEqual(costs);
  });
});

test("the older systems' lines are all there, A1 to A14 and B1 to B10, each with a place or a word for it", () => {
  const table = rows("The two systems that Mayfly replaces", "line");
  const wanted = [...Array.from({ length: 14 }, (_, at) => `A${at + 1}`), ...Array.from({ length: 10 }, (_, at) => `B${at + 1}`)]; // prettier-ignore
  expect([...new Set(table.map(([line = ""]) => line.split(" ")[0] ?? ""))]).toEqual(wanted);
  const vague = table.filter(([, where = ""]) => !/`[^`]+`|\]\(|not yet|GitHub's own/.test(where));
  expect(vague).toEqual([]);
});
