import { readFileSync, statfsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { said, startRig, type Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => await rig.close());

const memory = (availableMb: number): string =>
  `MemTotal:        8192000 kB\nMemFree:          900000 kB\nMemAvailable:   ${availableMb * 1024} kB\nBuffers: 1 kB\n`;

/** As Linux 6 writes them. Guests (the last two) are in `user` and `nice` already. */
const stat = `cpu  100 20 30 700 50 40 30 30 500 5
cpu0 9 9 9 9 9 9 9 9 9 9
intr 8688370 1
`;
const mb = 1024 * 1024;
const line = (name: string, received: number, sent: number): string =>
  `${name.padStart(6)}: ${received} 326355    0    0    0     0          0         0 ${sent}  253043    0    0    0     0       0          0\n`;
const network = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
${line("lo", 900 * mb, 900 * mb)}${line("docker0", 70 * mb, 70 * mb)}${line("br-0a1b", 70 * mb, 70 * mb)}${line("veth01", 70 * mb, 70 * mb)}${line("eth0", 5_000_000_000, 7.5 * mb)}  ens6:${2 * mb} 1 0 0 0 0 0 0 ${mb / 2} 1 0 0 0 0 0 0
`;

test("the end says what the machine used: CPU, the peak of its memory, disk and network", async () => {
  // The script waits in the pipe until it is told of 1,000 MB, and finds the file again at its next look.
  const peak = `
    proc=$HOME/../../proc
    printf '%s' '${memory(6000)}' >$proc/later
    mkfifo $proc/pipe; mv $proc/pipe $proc/meminfo
    exec 9>$proc/meminfo
    mv $proc/later $proc/meminfo
    printf '%s' '${memory(1000)}' >&9
    exec 9>&-`;
  const { channel, off } = await rig.boot({
    listener: said(100, "Succeeded", peak),
    proc: { stat, meminfo: memory(7000), "net/dev": network },
  });
  await off();
  expect(channel.events.at(-1)).toMatchObject({ type: "ended", outcome: "job-succeeded" });
  expect(channel.events.at(-1)?.["usage"]).toEqual({
    cpuPercent: 25,
    memoryMb: 7000,
    diskMb: expect.any(Number),
    networkInMb: Math.floor(5_000_000_000 / mb + 2),
    networkOutMb: 8,
  });
});

test("by what the kernel of this computer counts", async () => {
  const before = counted();
  const { channel, off, root } = await rig.boot();
  await off();
  const after = counted();
  const usage = channel.events.at(-1)?.["usage"] as Record<string, number>;
  const between = (value: number | undefined, low: number, high: number): void => {
    expect(value).toBeGreaterThanOrEqual(Math.floor(low));
    expect(value).toBeLessThanOrEqual(Math.ceil(high));
  };
  const percents = [before.cpuPercent, after.cpuPercent];
  between(usage["cpuPercent"], Math.min(...percents) - 1, Math.max(...percents) + 1);
  between(usage["memoryMb"], 50, before.totalMb);
  between(usage["networkInMb"], before.receivedMb, after.receivedMb);
  const { blocks, bfree, bsize } = statfsSync(root);
  const diskMb = ((blocks - bfree) * bsize) / mb;
  // others write and remove files meanwhile
  between(usage["diskMb"], diskMb / 2, diskMb * 2);
});

test("what the kernel does not tell is left out, and holds nothing up", async () => {
  const { channel, off } = await rig.boot({ proc: {} });
  await off();
  expect(channel.events.at(-1)).toMatchObject({ type: "ended", outcome: "job-succeeded" });
  expect(channel.events.at(-1)?.["usage"]).toEqual({ diskMb: expect.any(Number) });
});

/** This computer's own counters, read in another way than the script reads them. */
function counted(): { cpuPercent: number; totalMb: number; receivedMb: number } {
  const times = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/ +/).slice(1, 9).map(Number) ?? [];
  const total = times.reduce((sum, ticks) => sum + ticks, 0);
  const idle = (times[3] ?? 0) + (times[4] ?? 0);
  const cards = readFileSync("/proc/net/dev", "utf8").matchAll(/^ *(?!lo:|docker|br-|veth)\S+: *(\d+)/gm);
  return {
    cpuPercent: (100 * (total - idle)) / total,
    totalMb: Number(/MemTotal: +(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) / 1024,
    receivedMb: [...cards].reduce((sum, [, bytes]) => sum + Number(bytes), 0) / mb,
  };
}
