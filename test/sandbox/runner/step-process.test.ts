import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "@jest/globals";
import { stepProcess } from "../../../src/sandbox/runner/step-process.ts";

const PATH = process.env["PATH"] ?? "";
const left: number[] = [];
afterEach(() => {
  for (const pid of left.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended, as it should
    }
  }
});

function run(script: string, graceMs = 60) {
  const lines: string[] = [];
  const stop = new AbortController();
  const code = stepProcess({
    file: "/bin/bash",
    args: ["-c", script],
    cwd: "/",
    env: { PATH },
    line: (line) => {
      lines.push(line);
      if (/^\d+$/.test(line)) left.push(Number(line));
      if (line === "ready") stop.abort();
    },
    signal: stop.signal,
    grace: { interruptMs: graceMs, terminateMs: graceMs },
  });
  return { code, lines };
}

describe("ending a step", () => {
  test("SIGINT first: a step that minds it ends by itself", async () => {
    const { code, lines } = run("trap 'echo int; exit 9' INT; echo ready; while :; do sleep 0.01; done", 5000);
    expect(await code).toBe(9);
    expect(lines).toEqual(["ready", "int"]);
  });

  test("SIGTERM next", async () => {
    const { code, lines } = run("trap '' INT; trap 'echo term; exit 8' TERM; echo ready; while :; do sleep 0.01; done");
    expect(await code).toBe(8);
    expect(lines.filter((line) => line !== "Terminated")).toEqual(["ready", "term"]); // bash says so of its sleep
  });

  test("SIGKILL last, to the whole group", async () => {
    const { code, lines } = run("trap '' INT TERM; sleep 63 & echo $!; echo ready; while :; do sleep 0.01; done");
    expect(await code).toBe(137);
    await expect(gone(Number(lines[0]))).resolves.toBe(true);
  });

  test("others of the group do not outlive a leader that ended in time", async () => {
    const { code, lines } = run(
      "(trap '' INT TERM; exec sleep 64) & echo $!; trap 'exit 7' INT; echo ready; wait",
      5000,
    );
    expect(await code).toBe(7);
    await expect(gone(Number(lines[0]))).resolves.toBe(true);
  });
});

/** Ended, or ended and waiting for a parent that does not care (where PID 1 is no init). */
async function gone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, "utf8"))) return true;
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}

test.each([
  ["exit 5", 5],
  ["kill -SEGV $$", 139],
])("%s gives %i", async (script, code) => {
  expect(await run(script).code).toBe(code);
});

test("lines: with CRLF, without an end, of both streams, of several bytes a character", async () => {
  const { code, lines } = run(
    String.raw`printf 'a\r\nb\n'; printf '\xe2\x82'; sleep 0.05; printf '\xac end'; echo err >&2`,
  );
  await code;
  expect(lines.toSorted()).toEqual(["a", "b", "err", "€ end"]);
});

test("what cannot be started is an error", async () => {
  const order = { args: [], cwd: "/", env: { PATH }, line: () => undefined, grace: { interruptMs: 1, terminateMs: 1 } };
  const signal = new AbortController().signal;
  await expect(stepProcess({ ...order, signal, file: "/no/such/file" })).rejects.toThrow("ENOENT");
});
