import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { secrets } from "./host-channel.ts";
import { said, startRig, type Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => await rig.close());

const programs = (
  "bash cat chmod curl cut date env grep id mkdir mkfifo mv od printf rm sed setpriv sha256sum sleep stat " +
  "systemctl systemd-run tail tar timeout tr useradd usermod shutdown"
).split(" ");

test("no secret is in a command line, on the console, in the log or in a file", async () => {
  const token = `ghs_${"a1B2".repeat(9)}`;
  const tells = `echo "config $ACTIONS_RUNNER_INPUT_JITCONFIG, $ACTIONS_RUNNER_INPUT_JITCONFIG"
echo "session $(printf '5e5510%.0s' {1..10}) token $(printf 'c0ffee%.0s' {1..10}) of github ${token} and github_pat_${"A1b".repeat(20)}."
head -c 40000 /dev/zero | tr '\\0' x; echo "$ACTIONS_RUNNER_INPUT_JITCONFIG"
head -c 16000 /dev/zero | tr '\\0' y; echo "$ACTIONS_RUNNER_INPUT_JITCONFIG"`;
  const seen = watchCommandLines();
  const booted = await rig.boot({ listener: said(100, "Succeeded", tells), written: programs });
  const console = await booted.off();
  const commandLines = seen.stop();
  const shipped = booted.logs.lines().map(({ message }) => message);
  expect(shipped).toContain("config ***, ***");
  expect(shipped).toContain("session *** token *** of github *** and ***.");

  // what there is to look at is really there
  expect(booted.calls()).toMatch(/^curl -s .*\/host\/claim/m);
  expect(booted.calls()).toMatch(/^env -i --default-signal /m);
  expect(booted.calls()).toMatch(/^setpriv --reuid=runner /m);
  expect(commandLines).toContain("part-001");

  const role = booted.instance.secretFor(
    /Credential=([^/]+)/.exec(String(booted.logs.requests[0]?.headers.authorization))?.[1] ?? "",
  );
  const half = secrets.jit.slice(0, 200);
  const others = secrets.jit.slice(-200);
  for (const secret of [secrets.jit, half, others, secrets.session, secrets.token, role?.secretAccessKey ?? "none"]) {
    for (const text of [booted.calls(), commandLines, console, shipped.join("\n")]) expect(text).not.toContain(secret);
  }
  for (const secret of [role?.sessionToken ?? "none"]) expect(booted.calls() + commandLines).not.toContain(secret);
  expect(console + shipped.join("")).not.toContain(token);

  const files = textsBelow(booted.root);
  // the user data itself, which on EC2 only root can read
  const holdToken = [...files].filter(([, text]) => text.includes(secrets.token)).map(([path]) => path);
  expect(holdToken.toSorted()).toEqual([
    "var/lib/cloud/instance/scripts/part-001",
    "var/lib/cloud/instance/user-data.txt",
  ]);
  for (const secret of [half, secrets.session]) {
    expect([...files].filter(([, text]) => text.includes(secret)).map(([path]) => path)).toEqual([]);
  }
});

/** Looks at the command lines of all processes of this computer, again and again. */
function watchCommandLines(): { stop(): string } {
  const found = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
      try {
        found.add(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      } catch {
        // ended in the meantime
      }
    }
  };
  const timer = setInterval(look, 3);
  return {
    stop() {
      clearInterval(timer);
      return [...found].join("\n");
    },
  };
}

function textsBelow(root: string): Map<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
      return [path.slice(root.length + 1), (isPacked ? gunzipSync(bytes) : bytes).toString("latin1")];
    }),
  );
}
