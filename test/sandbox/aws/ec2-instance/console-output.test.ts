import { describe, expect, test } from "@jest/globals";
import { consoleOutput } from "../../../../src/sandbox/aws/ec2/instance/console-output.ts";

describe("an instance's console", () => {
  test("has all that was written, in order", () => {
    const output = consoleOutput();
    expect(output.text()).toBe("");
    output.write(Buffer.from("one\nt"));
    output.write(Buffer.from("wo\n"));
    expect(output.text()).toBe("one\ntwo\n");
  });

  test("a character that came in two parts is whole", () => {
    const output = consoleOutput();
    const bytes = Buffer.from("√");
    output.write(bytes.subarray(0, 1));
    output.write(bytes.subarray(1));
    expect(output.text()).toBe("√");
  });

  test("keeps the newest 64 KB, from the begin of a character", () => {
    const output = consoleOutput();
    for (let line = 0; line < 50_000; line += 1) output.write(Buffer.from(`√ ${line}\n`));
    const text = output.text();
    expect(text.endsWith("√ 49999\n")).toBe(true);
    expect(Buffer.byteLength(text)).toBeGreaterThan(65_532);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536);
    expect(text).not.toContain("\uFFFD");
  });
});
