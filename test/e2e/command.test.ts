import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test } from "@jest/globals";
import { cleanUp, commandLines, newFolder, output, start } from "./npm-start.ts";

afterAll(cleanUp);

/** Below the ports that systems give to whoever asks for any. */
const ownPort = 20_000 + (process.pid % 12_000);

test("stays up for a person, shows what happens, and Ctrl-C leaves nothing behind", async () => {
  const data = await newFolder();
  const child = start(["--data", data, "--port", String(ownPort)]);
  const ended = output(child);
  let shown = "";
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.stdout?.on("data", (chunk) => {
      shown += String(chunk);
      if (shown.includes("Mayfly stays up")) resolve();
    });
  });
  child.kill("SIGINT");
  const { code, out } = await ended;
  expect(code).toBe(0);
  for (const text of ["sandbox", "stand-in", "lint", "Mayfly / CI", "6 jobs of Mayfly: 6 completed, 0 lost"]) {
    expect(out).toContain(text);
  }
  expect((await commandLines()).filter((line) => line.includes(data))).toEqual([]);
});

test("Ctrl-C in the middle ends the machines too", async () => {
  const data = await newFolder();
  const child = start(["--data", data, "--port", String(ownPort + 1)]);
  const ended = output(child);
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.stdout?.on("data", (chunk) => {
      if (String(chunk).includes("launching")) resolve();
    });
  });
  child.kill("SIGINT");
  expect((await ended).code).toBe(1);
  expect((await commandLines()).filter((line) => line.includes(data))).toEqual([]);
});

test("a port that is taken is said, with what to do", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => {
    taken.listen(0, "127.0.0.1", resolve);
  });
  const { port } = taken.address() as AddressInfo;
  const { code, error } = await output(start(["--once", "--json", "--data", await newFolder(), "--port", `${port}`]));
  taken.close();
  expect([code, error]).toEqual([2, `error: port ${port} of 127.0.0.1 is in use; choose another with --port\n`]);
});

test("with credentials it says that it cannot serve real GitHub yet, and stops", async () => {
  const { code, out, error } = await output(start(["--once"], { APP_ID: "1", PRIVATE_KEY: "x" }));
  expect([code, out]).toEqual([2, ""]);
  expect(error).toContain("APP_ID, PRIVATE_KEY is set, but this version cannot serve real GitHub");
});

test("a mistake is explained in one line", async () => {
  const { code, error } = await output(start(["--repo", "/nowhere"]));
  expect([code, error]).toEqual([2, "error: --repo /nowhere: there is no such directory\n"]);
});
