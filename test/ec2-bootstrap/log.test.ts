import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SignatureV4 } from "@smithy/signature-v4";
import { createHash, createHmac } from "node:crypto";
import type { LogsRequest } from "./logs-gate.ts";
import { listening, region, running, said, startRig, untilGoOn, type Booted, type Rig } from "./rig.ts";
import { until } from "../helpers/until.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => await rig.close());

const messages = ({ logs }: Booted): string[] => logs.lines().map(({ message }) => message);

describe("each request to CloudWatch Logs", () => {
  test("is signed as AWS's own SDK signs it", async () => {
    const booted = await rig.boot();
    await booted.off();
    expect(booted.logs.requests.map(({ operation }) => operation)).toContain("CreateLogStream");
    for (const request of booted.logs.requests) {
      expect(request.headers.authorization).toBe(await signed(booted, request));
    }
  });

  test("has new credentials when the old ones end", async () => {
    const booted = await rig.boot({
      listener: said(100, "Succeeded", "for i in 1 2 3 4 5 6; do echo beat $i; sleep 0.7; done"),
      instance: { credentialsLifetimeSeconds: 2 },
    });
    await booted.off();
    const keys = new Set(booted.logs.requests.map(({ headers }) => keyOf(headers.authorization)));
    expect(keys.size).toBeGreaterThan(1);
    expect(messages(booted)).toContain("beat 6");
  });
});

describe("lines", () => {
  test("arrive as they were, whatever bytes they have, and in the order of time", async () => {
    const texts = [
      String.raw`a "quoted" back\slash \n \u0041 $HOME $(id) & * %s %d`,
      "tab\there, escape \u001b[31mred\u001b[0m, bell \u0007, delete \u007f, unit \u001f",
      "ä ✓ 😀 \u07ff \u0800 \ud7ff \ue000 \uffff \u{10ffff}",
      "  spaces at both ends  ",
      "-n",
    ];
    const bytes = [
      ...texts.map((text) => Buffer.from(text)),
      Buffer.from([0x61, 0xff, 0xc3, 0xe2, 0x82, 0x62, 0xed, 0xa0, 0x80]),
    ];
    const lines = bytes.map((line) => `printf %b '${[...line].map((byte) => `\\x${byte.toString(16)}`).join("")}\\n'`);
    const booted = await rig.boot({
      listener: said(100, "Succeeded", `${lines.join("\n")}\nprintf 'nul\\0 here\\n\\n'`),
    });
    await booted.off();
    const got = messages(booted);
    const from = got.findIndex((message) => message.includes("Running job"));
    expect(got.slice(from + 1, -2)).toEqual([...texts, "a\ufffd\ufffd\ufffd\ufffdb\ufffd\ufffd\ufffd", "nul here"]);
    const times = booted.logs.lines().map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
  });

  test("without an end are cut: nothing grows without a bound", async () => {
    const endless = "head -c 200000 /dev/zero | tr '\\0' x; echo; echo after";
    const booted = await rig.boot({ listener: said(100, "Succeeded", endless) });
    await booted.off();
    const cut = messages(booted).filter((message) => message.startsWith("xxx"));
    expect(cut.join("")).toHaveLength(200_000);
    expect(Math.max(...cut.map(({ length }) => length))).toBeLessThan(100_000);
    expect(messages(booted)).toContain("after");
  });
});

describe("while the endpoint is down", () => {
  test("lines are kept, and sent when it is back", async () => {
    const booted = await rig.boot({
      listener: said(100, "Succeeded", `echo before; ${untilGoOn}; echo behind`),
      logsDown: true,
    });
    const { logs } = booted;
    await until(() => logs.refused() > 1, booted.known);
    expect(logs.lines()).toEqual([]);
    logs.down(false);
    await until(() => messages(booted).includes("before"), booted.known);
    await booted.goOn();
    const console = await booted.off();
    expect(messages(booted)).toContain("behind");
    expect(messages(booted)[0]).toBe("mayfly: begin as mayfly-77-1");
    expect(new Set(messages(booted)).size).toBe(messages(booted).length);
    expect(console).toMatch(/mayfly: the log is not shipped: 000/);
  });

  test("at most a batch is kept: older lines are dropped, and a line says so", async () => {
    // a byte that JSON writes with six
    const much = `for i in {1..40}; do echo "line $i $(head -c 5000 /dev/zero | tr '\\0' '\\1')"; done`;
    const booted = await rig.boot({
      listener: said(100, "Succeeded", `${much}; ${untilGoOn}`),
      logsDown: true,
    });
    await until(() => booted.instance.console().includes("line 40 "), booted.known);
    booted.logs.down(false);
    await booted.goOn();
    await booted.off();
    const got = messages(booted).map((message) => message.replaceAll("\u0001", "").trim());
    expect(got).toContain("line 40");
    expect(got).not.toContain("line 1");
    expect(got.filter((message) => /^mayfly: \d+ older lines were dropped$/.test(message))).toHaveLength(1);
    const sizes = booted.logs.requests.map(({ body }) => body.length);
    expect(Math.max(...sizes)).toBeLessThan(1_048_576);
    const puts = booted.logs.requests.filter(({ operation }) => operation === "PutLogEvents");
    expect(puts.every(({ status }) => status === 200)).toBe(true);
  });

  test("to the end: powers off all the same", async () => {
    const booted = await rig.boot({
      listener: `${listening}\n${running}\nexit 100`,
      logsDown: true,
      instance: { roleName: undefined },
    });
    const { channel } = booted;
    await until(() => channel.answers.includes("ended 204"), booted.known);
    expect(channel.events.at(-1)).toMatchObject({ outcome: "job-succeeded" });
    await booted.off();
  });
});

/** The authorization header that AWS's SDK gives the same request, at the same time, with the same credentials. */
async function signed({ instance }: Booted, { headers, body }: LogsRequest): Promise<string | undefined> {
  const credentials = instance.secretFor(keyOf(headers.authorization));
  if (credentials === undefined) throw new Error("signed with credentials that nobody gave out");
  expect(headers["x-amz-security-token"]).toBe(credentials.sessionToken);
  const names = ["host", "content-type", "x-amz-target"];
  const time = String(headers["x-amz-date"]).replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5");
  const signer = new SignatureV4({ credentials, region, service: "logs", sha256: Sha256, applyChecksum: false });
  const request = await signer.sign(
    {
      method: "POST",
      protocol: "http:",
      hostname: String(headers.host),
      path: "/",
      query: {},
      headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
      body,
    },
    { signingDate: new Date(time) },
  );
  return request.headers["authorization"];
}

function keyOf(authorization: string | undefined): string {
  return /Credential=([^/]+)\//.exec(authorization ?? "")?.[1] ?? "";
}

class Sha256 {
  readonly #hash: ReturnType<typeof createHash>;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : (createHmac("sha256", bytesOf(secret)) as unknown as ReturnType<typeof createHash>);
  }
  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(chunk));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {
    throw new Error("not needed");
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
