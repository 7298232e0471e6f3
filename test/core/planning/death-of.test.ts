import { expect, test } from "@jest/globals";
import { deathOf } from "../../../src/core/planning/death-of.ts";

const at = "2026-11-01T12:00:00.0000000Z";

/** Lines as the tools write them, in a log as GitHub gives it. */
test.each<[string, ReturnType<typeof deathOf>]>([
  ["/home/runner/_temp/1.sh: line 1: docker: command not found", "docker"],
  ["./scripts/pull_images.sh: 2: docker: not found", "docker"],
  ["##[error]File not found: 'docker'", "docker"],
  ["##[error]Unable to locate executable file: docker. Please verify either the file path exists", "docker"],
  ["Error: spawn docker ENOENT", "docker"],
  ['exec: "docker": executable file not found in $PATH', "docker"],
  ["\u001b[31mCannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?\u001b[0m", "docker"],
  ["failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct", "docker"],
  ["dial unix /var/run/docker.sock: connect: permission denied", "docker"],
  ["Error: connect ENOENT /var/run/docker.sock", "docker"],
  ["Could not find a valid Docker environment. Please see logs", "docker"],
  ["Error: Could not find a working container runtime strategy", "docker"],
  ["/tmp/1.sh: line 1: sudo: command not found", "sudo"],
  ["/bin/sh: 1: sudo: not found", "sudo"],
  ["sudo: a password is required", "sudo"],
  ["sudo: a terminal is required to read the password; either use the -S option", "sudo"],
  ["sudo: effective uid is not 0, is sudo installed setuid root?", "sudo"],
  ['sudo: The "no new privileges" flag is set, which prevents sudo from running as root.', "sudo"],
  ["##[error]Unable to locate executable file: sudo.", "sudo"],
  ["Error: spawn sudo ENOENT", "sudo"],
  ["E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?", "sudo"],
  ["║ Host system is missing dependencies to run browsers. ║", "browser"],
  ["/tmp/chrome: error while loading shared libraries: libnss3.so: cannot open shared object file", "browser"],
  ["chrome: error while loading shared libraries: libgbm.so.1: cannot open shared object file", "browser"],
  ["chrome: error while loading shared libraries: libX11.so.6: cannot open shared object file", "browser"],
  ["Error: Failed to launch the browser process!", "browser"],
  ["[FATAL:zygote_host_impl_linux.cc(117)] No usable sandbox! Update your kernel", "browser"],
  ["Your system is missing the dependency: Xvfb", "browser"],
  ["##[error]Process completed with exit code 137.", "memory"],
  ["make: *** [Makefile:3: test] Error 137", "memory"],
  // not the machine's fault
  ["##[error]Process completed with exit code 1.", undefined],
  ["##[error]Process completed with exit code 13.", undefined],
  ["FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", undefined],
  ["node: error while loading shared libraries: libatomic.so.1: cannot open shared object file", undefined],
  ["reading /var/run/docker.sock from the fixture", undefined],
  ["sudoku: command not found", undefined],
  ["pseudo: not found here", undefined],
  ["The browser process has ended", undefined],
  ["##[error]The operation was canceled.", undefined],
  ["", undefined],
])("%s", (line, expected) => {
  expect(deathOf(line)).toBe(expected);
  expect(
    deathOf(`${at} ##[group]Run make\r\n${at} ${line}\r\n${at} ##[error]Process completed with exit code 2.`),
  ).toBe(expected);
});

test("the last sign is the one that the job died of", () => {
  expect(deathOf("docker: command not found\ngoing on without\n##[error]Process completed with exit code 137.")).toBe(
    "memory",
  );
  expect(deathOf("sudo: not found\nsudo: not found\ndocker: not found")).toBe("docker");
  expect(deathOf("docker: not found\nsudo: not found")).toBe("sudo");
});

test("a script's own text, which the runner shows first, has not happened", () => {
  const script = `${at} \u001b[36;1mcommand -v docker || { echo "docker: command not found"; exit 0; }\u001b[0m`;
  expect(deathOf(`${at} ##[group]Run check\n${script}\n${at} ##[endgroup]\n${at} 3 tests failed`)).toBeUndefined();
});

test("the longest tail that is read, of one line that nearly says something", () => {
  expect(deathOf("error while loading shared libraries: lib".repeat(6400))).toBeUndefined();
});
