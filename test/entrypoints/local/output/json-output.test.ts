import { describe, expect, test } from "@jest/globals";
import { jsonOutput } from "../../../../src/entrypoints/local/output/json-output.ts";
import { hiddenIn } from "../../../fixtures/hostile/payloads.ts";
import { jobRecord } from "../../../helpers/records.ts";
import { hostileRows } from "./shown.ts";

describe("what a program reads while the sandbox runs", () => {
  test.each(hostileRows)("%s arrives as it is, and a terminal shows nothing of it but text", (_, text) => {
    const [lines, alarms]: [string[], string[]] = [[], []];
    const output = jsonOutput(
      (line) => lines.push(line),
      (line) => alarms.push(line),
    );
    output.jobs([{ job: jobRecord(1, { state: "refused", name: text }), runner: undefined, logFile: undefined }]);
    output.alarm(`not finished: job ${text}`);
    expect([lines.length, alarms.length]).toEqual([1, 1]);
    for (const line of [...lines, ...alarms]) {
      expect(line.endsWith("\n")).toBe(true);
      expect(hiddenIn(line.slice(0, -1))).toEqual([]);
    }
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ event: "job", name: text });
  });
});
