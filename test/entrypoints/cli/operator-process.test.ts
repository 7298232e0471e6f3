import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { until } from "../../helpers/until.ts";
import { root } from "../../repo/source-files.ts";
import { startOperatorRig } from "./operator-rig.ts";
import type { OperatorRig } from "./operator-rig.ts";

let rig: OperatorRig;
beforeAll(async () => void (rig = await startOperatorRig()));
afterAll(async () => {
  const violations = rig.github.github.violations();
  await rig.close();
  expect(violations).toEqual([]);
});

/** The command as an operator starts it, in front of the stand-ins. */
function start(...args: readonly string[]) {
  const env = {
    PATH: process.env["PATH"],
    AWS_ENDPOINT_URL: rig.aws.aws.url,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const child = spawn(process.execPath, [join(root, "src/entrypoints/cli/main.ts"), ...args], { env });
  const said = { text: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said.text += String(chunk)));
  return { child, said, closed: once(child, "close") as Promise<[number | null]> };
}

test("register, then secret show, as processes of their own", async () => {
  const secret = await rig.newSecret();
  const { url } = rig.github.github;
  const common = ["--stage", "test", "--secret", `secretsmanager:${secret}`];
  const to = ["--webhook-url", "https://hooks.example.com/github", "--github", url, "--api", url];
  const { said, closed } = start("register", ...common, "--organization", "acme", ...to);
  await until(
    () => said.text.includes("http://127.0.0.1"),
    () => said.text,
  );
  const html = await (await fetch(/http:\/\/127\S+/.exec(said.text)?.[0] ?? "")).text();
  const plain = (text = ""): string =>
    text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  const body = new URLSearchParams({ manifest: plain(/name="manifest" value="([^"]+)"/.exec(html)?.[1]) });
  const answer = await fetch(plain(/action="([^"]+)"/.exec(html)?.[1]), { method: "POST", body, redirect: "manual" });
  await (await fetch(answer.headers.get("location") ?? "")).text();
  // the process ends by itself: nothing of it is left waiting
  expect([(await closed)[0], said.text]).toEqual([0, expect.stringContaining("Install it where it is to serve")]);
  expect(await rig.read(secret)).toMatchObject({ appId: expect.any(Number) });

  const shown = start("secret", "show", ...common);
  expect([(await shown.closed)[0], shown.said.text]).toEqual([
    0,
    expect.stringMatching(/^mayfly-test-\d+: version .*\n {2}appId .*\n {2}privateKey {11}set, SHA256:/),
  ]);

  const again = start("register", ...common, "--webhook-url", "https://hooks.example.com/github", "--api", url);
  expect([(await again.closed)[0], again.said.text]).toEqual([
    1,
    expect.stringContaining("holds the App mayfly-acme-test"),
  ]);
});
