import type { Death } from "./history.ts";

/** Texts in the log of a failed job that tell what its machine did not have. Compared in lower case. */
type Signature = { readonly died: Death; readonly text: string; readonly source: string };

const bash = "https://www.gnu.org/software/bash/manual/bash.html#Exit-Status";
const runner = "https://github.com/actions/runner/issues/960";
const toolkit = "https://github.com/actions/toolkit/blob/main/packages/io/src/io.ts";
const node = "https://nodejs.org/api/errors.html#common-system-errors";
const docker = "https://docs.docker.com/engine/daemon/troubleshoot/";
const sudo = "https://github.com/sudo-project/sudo";
const playwright = "https://playwright.dev/docs/browsers#install-system-dependencies";
const puppeteer = "https://pptr.dev/troubleshooting";
const loader = "https://man7.org/linux/man-pages/man8/ld.so.8.html";

/** Libraries that browsers need and a small image has not: Playwright's and Puppeteer's lists for Debian and Fedora. */
const browserLibraries = [
  "libasound",
  "libatk",
  "libatspi",
  "libcairo",
  "libcups",
  "libdrm",
  "libgbm",
  "libgtk",
  "libnspr4",
  "libnss3",
  "libpango",
  "libx11",
  "libxcb",
  "libxcomposite",
  "libxdamage",
  "libxfixes",
  "libxkbcommon",
  "libxrandr",
];

/** A heap limit (`JavaScript heap out of memory`, `OutOfMemoryError`) is the program's own and stays out of it. */
const signatures: readonly Signature[] = [
  { died: "docker", text: "docker: command not found", source: bash },
  { died: "docker", text: "docker: not found", source: bash },
  { died: "docker", text: "file not found: 'docker'", source: runner },
  { died: "docker", text: "unable to locate executable file: docker", source: toolkit },
  { died: "docker", text: "spawn docker enoent", source: node },
  {
    died: "docker",
    text: 'exec: "docker": executable file not found',
    source: "https://pkg.go.dev/os/exec#ErrNotFound",
  },
  { died: "docker", text: "cannot connect to the docker daemon", source: docker },
  { died: "docker", text: "failed to connect to the docker api", source: docker },
  { died: "docker", text: "dial unix /var/run/docker.sock", source: docker },
  { died: "docker", text: "connect enoent /var/run/docker.sock", source: node },
  { died: "docker", text: "could not find a valid docker environment", source: "https://java.testcontainers.org" },
  { died: "docker", text: "could not find a working container runtime", source: "https://node.testcontainers.org" },
  { died: "sudo", text: "sudo: command not found", source: bash },
  { died: "sudo", text: "sudo: not found", source: bash },
  { died: "sudo", text: "unable to locate executable file: sudo", source: toolkit },
  { died: "sudo", text: "spawn sudo enoent", source: node },
  { died: "sudo", text: 'exec: "sudo": executable file not found', source: "https://pkg.go.dev/os/exec#ErrNotFound" },
  { died: "sudo", text: "sudo: a password is required", source: sudo },
  { died: "sudo", text: "sudo: a terminal is required", source: sudo },
  { died: "sudo", text: "sudo: effective uid is not 0", source: sudo },
  { died: "sudo", text: 'sudo: the "no new privileges" flag is set', source: sudo },
  { died: "sudo", text: "/var/lib/dpkg/lock-frontend), are you root?", source: "https://manpages.debian.org/apt-get" },
  { died: "browser", text: "host system is missing dependencies to run browsers", source: playwright },
  { died: "browser", text: "failed to launch the browser process", source: puppeteer },
  { died: "browser", text: "no usable sandbox!", source: puppeteer },
  {
    died: "browser",
    text: "your system is missing the dependency: xvfb",
    source: "https://on.cypress.io/required-dependencies",
  },
  ...browserLibraries.map((library): Signature => ({
    died: "browser",
    text: `error while loading shared libraries: ${library}`,
    source: loader,
  })),
  // 128 + SIGKILL: the kernel's way with what takes too much memory
  { died: "memory", text: "exit code 137", source: bash },
  { died: "memory", text: "] error 137", source: "https://www.gnu.org/software/make/manual/make.html#Errors" },
];

/** How the runner writes the lines of a script before it runs them: what they say has not happened. */
const scriptLine = "\u001b[36;1m";

/**
 * Why a machine on Lambda was not enough for a job that failed, by the end of its log; undefined when nothing says so.
 * Where the log says several things the last one is it. Plain searches: time grows with the log's length only.
 */
export function deathOf(logTail: string): Death | undefined {
  const log = logTail
    .split("\n")
    .filter((line) => !line.includes(scriptLine))
    .join("\n")
    .toLowerCase();
  let [last, lastAt]: [Death | undefined, number] = [undefined, -1];
  for (const { died, text } of signatures) {
    const at = log.lastIndexOf(text);
    if (at > lastAt) [last, lastAt] = [died, at];
  }
  return last;
}
