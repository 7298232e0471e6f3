import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { labelSetKey, labelSetOf, mayBeOurs, readLabels } from "../../../src/core/planning/labels.ts";
import type { KnownRunners, LabelVerdict } from "../../../src/core/planning/labels.ts";
import type { OptionValues } from "../../../src/core/planning/options.ts";

function runners(definitions: Readonly<Record<string, OptionValues>>): KnownRunners["runners"] {
  return new Map(
    Object.entries(definitions).map(([name, values]) => [name.toLowerCase(), { name, values, line: 1 }] as const),
  );
}

const known: KnownRunners = {
  labelOverrides: undefined,
  runners: runners({
    Build: { labels: ["self-hosted", "Linux", "X64", "build"], cpu: 4 },
    lint: { execution: "lambda", "memory-gb": 2 },
    arm: { arch: "arm64", labels: ["self-hosted", "linux", "arm64", "graviton"] },
    big: { execution: "ec2", "instance-types": ["c7i.4xlarge"] },
    anywhere: { execution: "auto" },
  }),
};

/** Runners whose names are near to other stages, and labels that are not ours to take. */
const odd: KnownRunners = { ...known, runners: runners({ dev: {}, gpu: { labels: ["gpu", "linux"] } }) };
const someOverrides: KnownRunners = { ...known, labelOverrides: ["cpu", "arch"] };
const noOverrides: KnownRunners = { ...known, labelOverrides: [] };
const armByDefault: KnownRunners = { ...known, defaultArch: "arm64" };

function ours(runner: string, overrides: OptionValues = {}): object {
  return { kind: "ours", runner, by: "label", overrides };
}
function set(runner: string): object {
  return { kind: "ours", runner, by: "set", label: undefined, overrides: {} };
}
function refused(code: string, detail: string | RegExp): object {
  const part: unknown = typeof detail === "string" ? detail : expect.stringMatching(detail);
  return { kind: "refused", code, detail: part };
}
const notOurs = { kind: "not-ours" };
function near(sentence: string | RegExp): object {
  return { kind: "not-ours", nearMiss: typeof sentence === "string" ? sentence : expect.stringMatching(sentence) };
}

const key = (detail: string | RegExp): object => refused("MF-LABEL-KEY", detail);
const value = (detail: string | RegExp): object => refused("MF-LABEL-VALUE", detail);
const override = (detail: string | RegExp): object => refused("MF-LABEL-OVERRIDE", detail);
const beside = (detail: string | RegExp): object => refused("MF-LABEL-BESIDE", detail);
const contradiction = (detail: string | RegExp): object => refused("MF-LABEL-CONTRADICTION", detail);

const many = Array.from({ length: 99 }, (_, index) => `label-${index}`);
const long = "x".repeat(256);

const cases: readonly (readonly [readonly string[], object, KnownRunners?])[] = [
  // one of our labels
  [["mayfly"], { ...ours("default"), label: "mayfly" }],
  [["Mayfly"], { ...ours("default"), label: "mayfly" }],
  [["MAYFLY/Lambda"], { ...ours("lambda"), label: "mayfly/lambda" }],
  [["mayfly/ec2"], ours("ec2")],
  [["mayfly/microvm"], ours("microvm")],
  [["mayfly/default"], ours("default")],
  [["mayfly/build"], ours("build")],
  [["mayfly/BUILD"], ours("build")],
  [["mayfly/biuld"], ours("biuld")],
  [["mayfly/__proto__"], ours("__proto__")],
  [["self-hosted", "mayfly"], ours("default")],
  [["mayfly", "Self-Hosted"], ours("default")],
  [["mayfly", "MAYFLY"], ours("default")],
  [["mayfly/build/run=A", "mayfly/build/run=a"], ours("build")],
  [["mayfly", "mayfly/lambda"], refused("MF-LABEL-TWICE", "`mayfly` and `mayfly/lambda`")],
  [["mayfly/run=1", "mayfly/run=2"], refused("MF-LABEL-TWICE", /run=1.*run=2/)],
  // systems and architectures beside it
  [["self-hosted", "linux", "x64", "mayfly/lambda"], ours("lambda")],
  [["self-hosted", "Linux", "X64", "mayfly"], ours("default")],
  [["mayfly", "arm64"], contradiction("`arm64`, and the runner is linux and x64")],
  [["mayfly/arch=arm64", "ARM64"], ours("default", { arch: "arm64" })],
  [["mayfly/arch=arm64", "x64"], contradiction("`x64`, and the runner is linux and arm64")],
  [["mayfly/arm", "arm64"], ours("arm")],
  [["mayfly/arm", "x64"], contradiction(/x64/)],
  [["mayfly/arm/arch=x64", "x64"], ours("arm", { arch: "x64" })],
  [["mayfly", "arm64"], ours("default"), armByDefault],
  [["mayfly/build", "x64"], contradiction(/x64/), armByDefault],
  [["mayfly", "x64", "arm64"], contradiction("`arm64`, and the runner is linux and x64")],
  [["mayfly", "windows"], contradiction(/windows/)],
  [["mayfly", "macOS"], contradiction(/macos/)],
  [["mayfly", "arm"], contradiction("`arm`, and the runner is linux and x64")],
  [["mayfly", "gpu", "windows"], contradiction(/windows/)],
  // other labels beside it
  [["mayfly", "gpu"], beside("`gpu`")],
  [["mayfly", "ubuntu-24.04"], beside("`ubuntu-24.04`")],
  [["mayfly", "ubuntu-latest"], beside("`ubuntu-latest`")],
  [["mayfly", "mayfly-lint"], beside("`mayfly-lint`")],
  [["mayfly", "constructor"], beside("`constructor`")],
  [["mayfly", ""], beside("``")],
  [["mayfly", "a`b\u202E\u200Bc\nd"], beside("`a'bc d`")],
  [[...many, "mayfly"], beside("`label-0`")],
  [["mayfly", long], beside(`\`${"x".repeat(40)}…\``)],
  // its parts
  [["mayfly/build/run=1-2"], { ...ours("build"), label: "mayfly/build/run=1-2" }],
  [["mayfly/run=77"], ours("default")],
  [["mayfly/run="], ours("default")],
  [["mayfly/lambda/run=77-a=b"], ours("lambda")],
  [[`mayfly/run=${long}`], ours("default")],
  [["mayfly/"], refused("MF-LABEL-RUNNER", "`mayfly/` has nothing after the slash")],
  [["mayfly/build, linux"], refused("MF-LABEL-RUNNER", /`mayfly\/build, linux` is one label to GitHub/)],
  [["mayfly/build linux"], refused("MF-LABEL-RUNNER", /one label to GitHub/)],
  [["mayfly//run=1"], refused("MF-LABEL-RUNNER", /nothing after the slash/)],
  [["mayfly/lambda/"], key("`mayfly/lambda/` has an empty part")],
  [["mayfly/build//run=1"], key(/empty part/)],
  [["mayfly/lambda/fast"], key("`fast` in `mayfly/lambda/fast` is no `key=value`")],
  [["mayfly/run=1/lambda"], key(/`lambda` in .* is no `key=value`/)],
  [["mayfly/lambda/run=1/run=2"], key("`run` stands twice in `mayfly/lambda/run=1/run=2`")],
  [["mayfly/cpu=4/CPU=4"], key(/`cpu` stands twice/)],
  [["mayfly/build/spto=never"], key("there is no key `spto`; did you mean `spot`?")],
  [["mayfly/=4"], key(/there is no key ``; known are run, arch, cpu, memory-gb, spot, disk-gb, timeout-minutes/)],
  [["mayfly/__proto__=4"], key(/there is no key `__proto__`/)],
  [["mayfly/build/image=ubuntu"], key("`image` can be set in `.github/runner.yml` only, not in a label")],
  [["mayfly/build/execution=ec2"], key(/`execution` can be set in/)],
  [["mayfly/build/max-runners=2"], key(/`max-runners` can be set in/)],
  // overrides
  [["mayfly/cpu=4"], ours("default", { cpu: 4 })],
  [["mayfly/build/CPU=4"], ours("build", { cpu: 4 })],
  [["mayfly/build/cpu=4/run=1"], ours("build", { cpu: 4 })],
  [
    ["mayfly/build/cpu=16/memory-gb=32.5/disk-gb=100/spot=never/arch=x64/timeout-minutes=30"],
    ours("build", { cpu: 16, "memory-gb": 32.5, "disk-gb": 100, spot: "never", arch: "x64", "timeout-minutes": 30 }),
  ],
  [["mayfly/biuld/cpu=4"], ours("biuld", { cpu: 4 })],
  [["mayfly/build/cpu=4.5"], value("`cpu=4.5`: `cpu` takes a whole number of vCPU, 1 or more")],
  [["mayfly/build/cpu=0"], value(/`cpu=0`: .* 1 or more/)],
  [["mayfly/build/cpu="], value(/`cpu=`: /)],
  [["mayfly/build/cpu=four"], value(/`cpu=four`: /)],
  [["mayfly/build/cpu=-4"], value(/`cpu=-4`: /)],
  [["mayfly/build/cpu= 4"], value(/`cpu= 4`: /)],
  [["mayfly/build/cpu=0x4"], value(/`cpu=0x4`: /)],
  [["mayfly/build/cpu=1e3"], value(/`cpu=1e3`: /)],
  [["mayfly/build/cpu=٤"], value(/`cpu=٤`: /)],
  [["mayfly/build/cpu=9999999999999999"], value(/cpu=9+`: /)],
  [["mayfly/build/memory-gb=0"], value("`memory-gb=0`: `memory-gb` takes a number of GB above 0")],
  [["mayfly/build/memory-gb=0.5"], ours("build", { "memory-gb": 0.5 })],
  [["mayfly/build/timeout-minutes=1.5"], value(/whole number of minutes/)],
  [["mayfly/build/spot=nevr"], value("`spot=nevr`: did you mean `never`?")],
  [["mayfly/build/spot=false"], value("`spot=false`: `spot` takes prefer, never, only")],
  [["mayfly/build/arch=amd64"], value(/`arch=amd64`: did you mean `arm64`\?|takes x64, arm64/)],
  // overrides and what the operator allows
  [["mayfly/cpu=4/arch=arm64"], ours("default", { cpu: 4, arch: "arm64" }), someOverrides],
  [["mayfly/spot=never"], override("`spot` is not allowed in labels here; allowed is `cpu`, `arch`"), someOverrides],
  [["mayfly/cpu=4"], override("`cpu` is not allowed in labels here; allowed is no key at all"), noOverrides],
  [["mayfly/build/run=1"], ours("build"), noOverrides],
  [["mayfly/cpus=4"], key(/did you mean `cpu`/), noOverrides],
  // overrides and where the runner runs
  [["mayfly/lambda/spot=never"], override("`spot` is for ec2 only, and `lambda` runs on lambda")],
  [["mayfly/lint/spot=only"], override(/`lint` runs on lambda/)],
  [["mayfly/microvm/spot=only"], override(/`microvm` runs on microvm/)],
  [["mayfly/lambda/memory-gb=12"], value("`memory-gb=12`: lambda gives 10 GB at most")],
  [["mayfly/lambda/memory-gb=10"], ours("lambda", { "memory-gb": 10 })],
  [["mayfly/lint/timeout-minutes=15"], value("`timeout-minutes=15`: lambda gives 14 minutes at most")],
  [["mayfly/lambda/cpu=7"], value(/lambda gives 6 vCPU at most/)],
  [["mayfly/lambda/disk-gb=11"], value(/lambda gives 10 GB at most/)],
  [["mayfly/ec2/spot=never/memory-gb=12"], ours("ec2", { spot: "never", "memory-gb": 12 })],
  [["mayfly/anywhere/spot=never/memory-gb=64"], ours("anywhere", { spot: "never", "memory-gb": 64 })],
  [["mayfly/big/cpu=32"], override("`big` names its `instance-types`, so `cpu` would change nothing")],
  [["mayfly/big/disk-gb=200"], ours("big", { "disk-gb": 200 })],
  // sets of a runner
  [["self-hosted", "linux", "x64", "build"], set("build")],
  [["BUILD", "X64", "self-hosted", "LINUX"], set("build")],
  [["build", "build", "x64", "self-hosted", "linux", "X64"], set("build")],
  [["self-hosted", "linux", "arm64", "graviton"], set("arm")],
  [["self-hosted", "linux", "x64", "build"], contradiction("`x64`, and the runner is linux and arm64"), armByDefault],
  [["self-hosted", "linux", "x64"], near(/lack `build` to be those of the runner `Build`: write `mayfly\/build`/)],
  [["linux", "x64", "build"], near(/lack `self-hosted`/)],
  [["self-hosted", "linux", "x64", "build", "gpu"], near(/have `gpu` too many/)],
  [["self-hosted", "linux"], notOurs],
  [["self-hosted", "linux", "x64", "deploy"], notOurs],
  [["self-hosted"], notOurs],
  [["gpu", "linux"], notOurs, odd],
  // somebody else's; of `runs-on: { group, labels }` GitHub tells the labels only, and there may be none
  [[], notOurs],
  [[""], notOurs],
  [["ubuntu-latest"], notOurs],
  [["mayflyer"], notOurs],
  [["my/mayfly"], notOurs],
  [["fly"], notOurs],
  [["butterfly/build"], notOurs],
  [["mayfly-dev"], notOurs],
  [["mayfly-dev/x"], notOurs],
  [["mayfly-anna/build"], notOurs],
  [many, notOurs],
  [[long], notOurs],
  // nearly ours
  [["mayfly-lint"], near("`mayfly-lint` is no Mayfly label: write `mayfly/lint` if Mayfly is to run the job.")],
  [["mayfly-lint", "self-hosted"], near(/write `mayfly\/lint`/)],
  [["mayfly_Lint"], near(/write `mayfly\/lint`/)],
  [["mayfly:lint"], near(/write `mayfly\/lint`/)],
  [["mayfly-dev"], near(/write `mayfly\/dev`/), odd],
  [["mayfly-dev/run=1"], near(/write `mayfly\/dev\/run=1`/), odd],
  [["mayfly-lambda/run=1"], near(/write `mayfly\/lambda\/run=1`/)],
  [["mayfly-"], near(/write `mayfly` if/)],
  [["mayfly-build/run=1"], near(/write `mayfly\/build\/run=1`/)],
  [["mayfly\\lint"], near(/write `mayfly\/lint`/)],
  [["mayflies"], near(/write `mayfly` if/)],
  [["mayflys"], near(/write `mayfly` if/)],
  [["mafly"], near(/write `mayfly` if/)],
  [["myafly/build"], near(/write `mayfly\/build` if/)],
  [
    ["self-hosted, mayfly"],
    near(/one label to GitHub, not several: write `runs-on:` as the list `\[self-hosted, mayfly\]`/),
  ],
  [["mayfly, linux"], near(/`\[mayfly, linux\]`/)],
  [["self-hosted,linux, x64,build"], near(/`\[self-hosted, linux, x64, build\]`/)],
  [["mayfly lint"], near("`mayfly lint` holds a blank, as no Mayfly label does: write `mayfly/lint`.")],
  [["mayfly linux"], near(/`\[mayfly, linux\]`/)],
  [["self-hosted mayfly"], near(/`\[self-hosted, mayfly\]`/)],
  [[" mayfly"], near("The label `mayfly` stands in blanks: remove them.")],
  [["a, b"], notOurs],
  [["a b"], notOurs],
  // letters that are not what they look like
  [["mаyfly"], near("A label looks like `mayfly` but holds another letter (U+0430): type it anew.")],
  [["МАУFLY/Build"], near(/looks like `mayfly\/build` but holds another letter \(U\+043C\)/)],
  [["ｍayfly/lint"], near(/\(U\+FF4D\)/)],
  [["𝐦𝐚𝐲𝐟𝐥𝐲"], near(/\(U\+1D426\)/)],
  [["mayf\u04CFy"], near(/looks like `mayfly` .*\(U\+04CF\)/)],
  [["may\u200Bfly"], near(/looks like `mayfly` .*\(U\+200B\)/)],
  [["\uFEFFmayfly"], near(/\(U\+FEFF\)/)],
  [["mayf\u0301ly"], near(/\(U\+0301\)/)],
  [["mayfly\u2215lint"], near(/looks like `mayfly\/lint` .*\(U\+2215\)/)],
  [["mayfly/bυild"], ours("bυild")],
  [["самолёт"], notOurs],
];

describe("readLabels", () => {
  test.each(cases.map(([labels, verdict, given = known]) => ({ labels, verdict, given })))(
    "$labels",
    ({ labels, verdict, given }) => {
      const read = readLabels(labels, "mayfly", given);
      expect(read).toMatchObject(verdict);
      if (read.kind === "not-ours") expect(read).toEqual(verdict);
    },
  );

  test.each<[string, object]>([
    ["mayfly-dev", ours("default")],
    ["mayfly-dev/lambda", ours("lambda")],
    ["mayfly", notOurs],
    ["mayfly/lambda", notOurs],
    ["mayfly-prod/lambda", notOurs],
    ["mayfly-dev-lint", near(/write `mayfly-dev\/lint`/)],
    ["mayfly–dev", near(/U\+2013/)],
    ["mayfly-dv/lint", near(/write `mayfly-dev\/lint`/)],
  ])("%s where the prefix is that of another stage", (label, verdict) => {
    expect(readLabels([label], "mayfly-dev", known)).toEqual(expect.objectContaining(verdict));
  });

  test("a short prefix is near to too many words for slips to be told", () => {
    expect(readLabels(["cd"], "ci", known)).toEqual(notOurs);
    expect(readLabels(["ci-lint"], "ci", known)).toEqual(near(/write `ci\/lint`/));
  });

  test("whatever the labels: a verdict that depends on neither their order nor their case", () => {
    const pieces = fc.constantFrom(
      ..."mayfly mayfly/build mayfly- mayfly, mafly self-hosted linux x64 arm64 build gpu windows / , = cpu=4 cpu=x run=1 spot=never lambda arch=arm64".split(
        " ",
      ),
      "а",
      "\u200B",
      " ",
      "\uD800",
      "__proto__",
    );
    const joined = fc.array(pieces, { maxLength: 5 }).map((parts) => parts.join(""));
    const slashed = fc.array(pieces, { maxLength: 4 }).map((parts) => ["mayfly", ...parts].join("/"));
    const label = fc.oneof(pieces, joined, slashed, fc.string({ unit: "binary", maxLength: 20 }));
    const kinds: Record<string, number> = {};
    fc.assert(
      fc.property(fc.array(label, { maxLength: 6 }), fc.infiniteStream(fc.nat()), (labels, order) => {
        const verdict = readLabels(labels, "mayfly", known);
        kinds[outcomeOf(verdict)] = (kinds[outcomeOf(verdict)] ?? 0) + 1;
        const shuffled = labels
          .map((text) => ({ text: upperCaseAscii(text), at: order.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ text }) => text);
        expect(readLabels(shuffled, "mayfly", known)).toEqual(verdict);
        expect(labelSetOf(shuffled, "mayfly")).toEqual(labelSetOf(labels, "mayfly"));
        if (verdict.kind !== "not-ours" && !mayBeOurs(labels, "mayfly")) throw new Error("the webhook would drop it");
        if (verdict.kind === "refused") expect(verdict.detail).toMatch(/^[^\n\r\u200B\p{Cs}]+$/u);
        if (verdict.kind === "not-ours") expect(verdict.nearMiss ?? "A.").toMatch(/^[^\n\r\u200B\p{Cs}]+\.$/u);
      }),
      { numRuns: 3000 },
    );
    // the property would hold for nothing but strangers' labels as well
    for (const kind of ["ours", "not-ours", "near", "MF-LABEL-KEY", "MF-LABEL-VALUE", "MF-LABEL-TWICE"]) {
      expect(kinds[kind] ?? 0).toBeGreaterThan(10);
    }
  });
});

function outcomeOf(verdict: LabelVerdict): string {
  if (verdict.kind === "refused") return verdict.code;
  return verdict.kind === "not-ours" && verdict.nearMiss !== undefined ? "near" : verdict.kind;
}

function upperCaseAscii(text: string): string {
  return text.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase());
}

describe("mayBeOurs", () => {
  test.each<[string[], boolean]>([
    [["mayfly"], true],
    [["MayFly/lint"], true],
    [["self-hosted", "gpu"], true],
    [["SELF-HOSTED"], true],
    [["ubuntu-latest"], false],
    [["mayfly-lint"], false],
    [["self-hosted, mayfly"], false],
    [[], false],
  ])("%j: %s", (labels, expected) => {
    expect(mayBeOurs(labels, "mayfly")).toBe(expected);
  });
});

describe("labelSetOf", () => {
  test.each<[string[], string[]]>([
    [["mayfly/build/run=1"], ["mayfly/build"]],
    [["mayfly/run=1"], ["mayfly"]],
    [["mayfly/run=*"], ["mayfly"]],
    [["mayfly/runner"], ["mayfly/runner"]],
    [["MAYFLY/Run=a=b"], ["mayfly"]],
    [["mayfly/build/run=1/cpu=4"], ["mayfly/build/cpu=4"]],
    [["mayfly/run=1", "mayfly/run=2"], ["mayfly"]],
    [
      ["x64", "Self-Hosted", "x64", "mayfly"],
      ["mayfly", "self-hosted", "x64"],
    ],
    [["other/run=1"], ["other/run=1"]],
    [["mayfly-dev/run=1"], ["mayfly-dev/run=1"]],
    [[], []],
  ])("%j: %j", (labels, expected) => {
    expect(labelSetOf(labels, "mayfly")).toEqual(expected);
    expect(labelSetKey(labels.toReversed(), "mayfly")).toBe(JSON.stringify(expected));
  });
});
