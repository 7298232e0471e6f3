import { expect, test } from "@jest/globals";
import { findWorkflowJob } from "../../../src/core/check-run/job-line.ts";

const jobs = [
  { key: "lint", line: 5, name: undefined },
  { key: "test", line: 9, name: undefined },
  { key: "named", line: 20, name: "Unit tests" },
  { key: "expr", line: 30, name: "Node ${{ matrix.node }} on ${{ matrix.os }}" },
  { key: "caller", line: 40, name: undefined },
  { key: "tricky", line: 50, name: "a.*b ${{ matrix.x }}" },
];

test.each<[string, number | undefined]>([
  ["lint", 5],
  ["test (18, ubuntu)", 9],
  ["test (a (b))", 9],
  ["Unit tests", 20],
  ["Unit tests (2)", 20],
  ["named", undefined],
  ["Node 24 on linux", 30],
  ["Node 24 onlinux", undefined],
  ["caller / build", 40],
  ["caller / build / deeper (3)", 40],
  ["a.*b 3", 50],
  ["aXXb 3", undefined],
  ["unknown", undefined],
  ["", undefined],
])("%s stands on line %s", (name, line) => {
  expect(findWorkflowJob(name, jobs)?.line).toBe(line);
});

test("a template of many pieces is compared in reasonable time", () => {
  const name = "${{ a }}x".repeat(50);
  expect(findWorkflowJob("x".repeat(5000), [{ key: "k", line: 1, name }])?.line).toBe(1);
});
