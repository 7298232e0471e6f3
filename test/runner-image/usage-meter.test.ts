import { mkdir, mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { usageMeter } from "../../runner-image/supervisor/usage-meter.ts";

const mb = 1024 * 1024;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mayfly-usage-"));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** A `/proc` with these files only. */
async function procOf(files: Readonly<Record<string, string>>): Promise<string> {
  const proc = await mkdtemp(join(folder, "proc-"));
  await write(proc, files);
  return proc;
}

async function write(proc: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(proc, "net"), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(proc, name), text);
}

const stat = (busy: number, idle: number): string =>
  `cpu  ${busy} 0 0 ${idle} 50 0 0 0 ${busy} 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n`;
const line = (name: string, received: number, sent: number): string =>
  `${name.padStart(6)}: ${received} 1    0    0    0     0          0         0 ${sent}  1    0    0    0     0       0          0\n`;
const network = (...lines: readonly string[]): string =>
  `Inter-|   Receive |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes packets\n${lines.join("")}`;

describe("what the machine used", () => {
  test("is counted from the meter's beginning", async () => {
    const proc = await procOf({
      stat: stat(1000, 1000),
      "net/dev": network(line("lo", 1, 1), line("eth0", 100 * mb, 7 * mb), line("eth1", mb, mb)),
    });
    const meter = usageMeter(folder, proc);
    await write(proc, {
      stat: stat(1075, 1025),
      "net/dev": network(line("lo", 900 * mb, 900 * mb), line("eth0", 350 * mb, 9.5 * mb), line("eth1", 3 * mb, mb)),
    });
    const { bsize, blocks, bfree } = await statfs(folder);
    const usage = meter.read(80);
    expect(usage).toEqual({ cpuPercent: 75, memoryMb: 80, diskMb: usage.diskMb, networkInMb: 252, networkOutMb: 2 });
    const diskMb = ((blocks - bfree) * bsize) / mb;
    // others write and remove files meanwhile
    expect(usage.diskMb).toBeGreaterThan(diskMb / 2);
    expect(usage.diskMb).toBeLessThan(diskMb * 2 + 1);
  });

  test("on Lambda its own interface counts, not the ones that Lambda works with", async () => {
    const proc = await procOf({ "net/dev": network(line("vint_runtime", 0, 0), line("vinternal_1", 0, 0)) });
    const meter = usageMeter(folder, proc);
    await write(proc, { "net/dev": network(line("vint_runtime", 90 * mb, 90 * mb), line("vinternal_1", 4 * mb, mb)) });
    expect(meter.read(null)).toMatchObject({ networkInMb: 4, networkOutMb: 1 });
  });

  test("is never less than nothing, or more than all", async () => {
    const proc = await procOf({ stat: stat(1000, 1000), "net/dev": network(line("eth0", 5 * mb, 5 * mb)) });
    const meter = usageMeter(folder, proc);
    // iowait and idle may shrink (proc_stat(5)); an interface may be made anew
    await write(proc, { stat: stat(1100, 990), "net/dev": network(line("eth0", 0, 0)) });
    expect(meter.read(null)).toMatchObject({ cpuPercent: 100, networkInMb: 0, networkOutMb: 0 });
  });

  test.each<[string, Record<string, string>]>([
    ["nothing", {}],
    ["empty files", { stat: "", "net/dev": "" }],
    ["other words", { stat: "cpu  a b c\n", "net/dev": "eth0: many\n" }],
  ])("is left out where the machine tells %s", async (_, files) => {
    const meter = usageMeter(join(folder, "nowhere"), await procOf(files));
    expect(meter.read(null)).toEqual({});
  });

  test("is there on this computer", () => {
    const usage = usageMeter(folder).read(5);
    expect(usage).toMatchObject({ memoryMb: 5, networkInMb: expect.any(Number), networkOutMb: expect.any(Number) });
  });
});
