import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { startRig, ways, type Rig } from "./rig.ts";
import { until } from "../../../helpers/until.ts";

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});

afterEach(() => rig.killAll());
afterAll(() => rig.close());

describe.each(ways)("the stand-ins by $kind", (isolation) => {
  /** What each command prints and returns, as `text…code`, and the console. */
  async function answers(commands: readonly string[]): Promise<{ of: string[]; console: string }> {
    const script = commands.map((command, at) => `text=$(${command}) 2>/dev/null; echo "<$?|${at}|$text>"`);
    const { prints } = await rig.boot(script.join("\n"), { isolation });
    const console = await prints("user data ended");
    const found = [...console.matchAll(/<(\d+)\|(\d+)\|([^>]*)>/g)];
    expect(found).toHaveLength(commands.length);
    return { of: found.map(([, code, , text]) => `${text}…${code}`), console };
  }

  test("come before this computer's own programs", async () => {
    const names =
      "shutdown poweroff systemctl systemd-run docker apt-get dpkg useradd usermod groupadd id runuser su setpriv sudo " +
      "iptables nft loginctl sysctl";
    const { prints } = await rig.boot(`for name in ${names}; do command -v "$name"; done`, { isolation });
    const lines = (await prints("user data ended")).split("\n").filter((line) => line.startsWith("/"));
    expect(lines.map((line) => line.split("/").at(-1))).toEqual(names.split(" "));
    expect(lines.filter((line) => !line.includes("/instance/bin/"))).toEqual([]);
  });

  test("packages: nothing is downloaded, but installed counts", async () => {
    const { of, console } = await answers([
      "dpkg -s docker.io",
      "docker ps",
      "systemctl is-active docker",
      "systemctl start docker",
      "apt-get -y -o Dpkg::Use-Pty=0 update",
      "apt-get install -qq -y docker.io curl >/dev/null",
      "dpkg -s docker.io | head -n 2 | tail -n 1",
      "systemctl is-active docker",
      "systemctl enable --now docker",
      "docker ps -q",
      "docker run --rm alpine true",
      "systemctl stop docker; docker info; systemctl is-active docker",
      "systemctl start docker; systemctl is-active --quiet docker",
      "apt-get frobnicate",
      "dpkg -i some.deb",
    ]);
    expect(of).toEqual([
      "…1",
      "…127",
      "inactive…3",
      "…5",
      "…0",
      "…0",
      "Status: install ok installed…0",
      "active…0",
      "…0",
      "…0",
      "…125",
      "inactive…3",
      "…0",
      "…100",
      "…2",
    ]);
    expect(console).toContain("[sandbox] apt-get: install -qq -y docker.io curl: nothing is downloaded");
    expect(console).toContain("[sandbox] docker: run --rm alpine true: refused");
  });

  test("users and groups are remembered, and errors are those of the real programs", async () => {
    const { of } = await answers([
      "id runner",
      "useradd -m -G docker runner",
      "groupadd docker",
      "useradd -m -s /bin/bash -G docker runner",
      "useradd runner",
      "id -nG runner",
      '[ "$(id -u runner)" = "$(getent passwd runner | cut -d : -f 3)" ]',
      'ls -d "$MAYFLY_ROOT/home/runner" >/dev/null',
      "usermod -aG nothing runner",
      "usermod -aG docker nobody-here",
      "getent group docker | cut -d : -f 4",
      "groupadd -f docker",
      "groupadd docker",
      "useradd 'bad name'",
      'touch "$MAYFLY_ROOT/file"; chown -R runner:docker "$MAYFLY_ROOT/file"',
      'chown runner "$MAYFLY_ROOT/missing"',
      'chown nobody-here "$MAYFLY_ROOT/file"',
      'chown runner:nobody-here "$MAYFLY_ROOT/file"',
      'install -d -m 700 -o runner -g docker "$MAYFLY_ROOT/made" && stat -c %a "$MAYFLY_ROOT/made"',
    ]);
    expect(of).toEqual([
      "…1",
      "…6",
      "…0",
      "…0",
      "…9",
      "runner docker…0",
      "…0",
      "…0",
      "…6",
      "…6",
      "runner…0",
      "…0",
      "…9",
      "…3",
      "…0",
      "…1",
      "…1",
      "…1",
      "700…0",
    ]);
  });

  test("a change of user goes on as the one user; for nobody it fails", async () => {
    const { of, console } = await answers([
      "groupadd docker; useradd -m runner",
      "runuser -u runner -- sh -c 'echo \"$1\"' sh 'two words'",
      "runuser -u nobody-here true",
      "su - runner -c 'pwd; echo \"$HOME\"' | sed s,.*root/home/,,",
      "setpriv --reuid=runner --regid runner --init-groups --no-new-privs -- sh -c 'echo \"$*\"' sh --reuid 5",
      "setpriv --no-new-privs sh -c 'grep NoNewPrivs /proc/self/status | cut -f 2'",
      "sudo -n -u runner NAME='a b' sh -c 'echo \"$NAME\"'",
      "sudo -E -- sh -c 'exit 7'",
    ]);
    expect(of).toEqual(["…0", "two words…0", "…1", "runner\nrunner…0", "--reuid 5…0", "1…0", "a b…0", "…7"]);
    expect(console).toContain("[sandbox] runuser: to user runner: goes on as the one user");
  });

  test("systemd-run really starts its command later, without the caller's environment; a stopped timer not", async () => {
    const { prints, root } = await rig.boot(
      `export SECRET=secret
      systemd-run --on-active=300ms --unit=later --setenv=GIVEN="it's yes" -E "OTHER=a  b" sh -c 'env >"$0/later"' "$MAYFLY_ROOT"
      systemd-run --on-active=200ms --unit stopped -- touch "$MAYFLY_ROOT/stopped"
      systemd-run --unit=now --collect touch "$MAYFLY_ROOT/now"
      systemctl is-active later.timer stopped.timer
      systemctl stop stopped.timer
      systemctl is-active stopped.timer
      systemd-run --on-active=1s --unit=later true; echo "again $?"
      systemd-run --on-active="a while" true; echo "vague $?"
      systemd-run --wait sh -c 'exit 4'; echo "waited $?"
      until [ -s "$MAYFLY_ROOT/later" ]; do sleep 0.05; done; cat "$MAYFLY_ROOT/later"; ls "$MAYFLY_ROOT"
      `,
      { isolation },
    );
    const text = await prints("user data ended");
    expect(text).toContain("\nactive\nactive\n");
    expect(text).toContain("\ninactive\n");
    expect(text).toContain("again 1\n");
    expect(text).toContain("vague 1\n");
    expect(text).toContain("waited 4\n");
    expect(text).toContain("\nGIVEN=it's yes\n");
    expect(text).toContain("\nOTHER=a  b\n");
    expect(text).not.toContain("SECRET=secret");
    await until(() => existsSync(join(root, "now")));
    expect(existsSync(join(root, "stopped"))).toBe(false);
  });

  test("a shutdown may be put off and cancelled; a restart is refused", async () => {
    const { of, console } = await answers([
      "shutdown -h +5",
      "shutdown -c",
      "shutdown",
      "shutdown soon; shutdown -c",
      "reboot",
      "shutdown -r now",
    ]);
    expect(of).toEqual(["…0", "…0", "…0", "…0", "…1", "…1"]);
    expect(console).toContain("powers off in 5 min");
    expect(console).toContain("no shutdown is scheduled any more");
    expect(console).toContain("cannot restart");
  });

  test("a shutdown by a timer powers off", async () => {
    const { instance } = await rig.boot("systemd-run --on-active=100ms shutdown -h now; sleep 50", { isolation });
    await instance.poweredOff;
    expect(instance.console()).toContain("shutdown -h now: the instance powers off");
  });

  test("the network and the kernel stay as they are", async () => {
    const { of } = await answers([
      "iptables -L",
      "nft list ruleset",
      "sysctl -w net.ipv4.ip_forward=1",
      "sysctl net.ipv4.ip_forward=1",
      "loginctl enable-linger runner",
    ]);
    expect(of).toEqual(["…4", "…4", "…1", "…1", "…0"]);
  });

  test("what they are called with can say nothing else to the machine", async () => {
    const { instance, prints } = await rig.boot(
      "docker run 'one\noff by a word'; apt-get install docker.io >/dev/null; docker run 'one\noff by a word'; echo still here",
      { isolation },
    );
    await prints("still here");
    await prints("run one off by a word: refused");
    expect(instance.console()).not.toContain("powers off");
  });
});
