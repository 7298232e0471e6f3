import type { Need } from "./workflow-facts.ts";

type Kind = Need["kind"];

/**
 * Words that tell of a need wherever they stand in a command, also as a part of another word (`npm run docker:build`,
 * `scripts/docker-up.sh`, `bash -c "sudo make"`).
 */
export const tellingWords: ReadonlyMap<string, Kind> = table({
  docker: "docker dockerd podman buildah buildx buildkit nerdctl containerd testcontainers minikube k3d k3s kindest",
  sudo: "sudo",
  "package-manager": "apt aptitude dpkg yum dnf microdnf pacman zypper",
  browser:
    "playwright puppeteer cypress selenium webdriver wdio nightwatch testcafe protractor chromium chrome " +
    "chromeheadless chromedriver firefox firefoxheadless geckodriver xvfb",
});

/** Commands that tell of a need where they are the command itself. */
export const tellingCommands: ReadonlyMap<string, Kind> = table({
  docker: "kind act localstack earthly dagger devcontainer supabase skaffold lxc lxd systemd-nspawn runc crun",
  sudo:
    "su doas pkexec chroot mount umount modprobe insmod sysctl iptables ip6tables nft systemctl service useradd adduser " +
    "usermod userdel groupadd losetup mkfs swapon swapoff ldconfig update-alternatives locale-gen chown chgrp setcap " +
    "unshare fusermount hostnamectl timedatectl",
  "package-manager": "apk snap flatpak brew rpm nix nix-env nix-shell",
  browser: "karma lighthouse lhci pa11y pa11y-ci backstop xvfb-run test-storybook google-chrome-stable",
  // ptrace and performance counters are closed on Lambda; pwsh is not in the image.
  unknown: "strace ltrace gdb lldb perf bpftrace pwsh powershell",
});

/** Commands that tell of a need when one of these words follows. */
export const tellingPairs: ReadonlyMap<string, readonly (readonly [words: readonly string[], kind: Kind])[]> = new Map([
  ["sam", [[["local", "--use-container", "-u"], "docker"]]],
  ["pack", [[["build", "builder", "buildpack"], "docker"]]],
  ["ng", [[["test", "e2e"], "browser"]]],
  // They install beside the programs of the image, which is read-only.
  ["npm", [[["-g", "--global"], "package-manager"]]],
  ["pnpm", [[["-g", "--global"], "package-manager"]]],
  ["yarn", [[["global"], "package-manager"]]],
  ["corepack", [[["enable"], "package-manager"]]],
]);

/** Commands that only look at or move texts and files, whatever their words are. */
export const harmlessCommands: ReadonlySet<string> = words(
  "echo printf cd pushd popd ls cat head tail wc diff cmp sort uniq cut tr tee sed awk jq yq grep egrep fgrep rg git test " +
    "[ [[ export declare local readonly unset read set true false exit return mkdir rmdir rm cp mv touch ln basename " +
    "dirname realpath stat file sha256sum",
);

/** Commands whose other words may be the command that runs in the end. */
export const wrapperCommands: ReadonlySet<string> = words(
  "sudo env time nohup nice ionice exec command builtin timeout xargs stdbuf setsid chronic retry flock script eval " +
    "ssh watch parallel trap coproc",
);

/** Commands that run programs or scripts of packages, whose names are anybody's choice. */
export const packageRunners: ReadonlySet<string> = words("npx bunx pnpx uvx pipx pnpm yarn npm bun poetry uv bundle");

/** Commands that run a quoted text as a script. */
export const shellCommands: ReadonlySet<string> = words(
  "bash sh dash zsh ksh ash eval ssh xargs trap su watch parallel script env timeout sudo concurrently npx",
);

/** Words after which the next one is a command. */
export const shellKeywords: ReadonlySet<string> = words("if then elif else while until do ! { time");

/** Commands that write to the folders that their words name. */
export const writingCommands: ReadonlySet<string> = words(
  "cp mv mkdir rmdir rm tee install ln touch chmod tar unzip curl wget rsync dd truncate",
);

/** Everything but the work folder and /tmp is read-only on Lambda, and nobody is root there. */
export const rootFolder = /^\/(?:usr|opt|etc|var|root|srv|lib|lib64|bin|sbin|boot|home|mnt|media|run)(?:\/|$)/;

function table(kinds: Partial<Readonly<Record<Kind, string>>>): ReadonlyMap<string, Kind> {
  const entries = Object.entries(kinds) as [Kind, string][];
  return new Map(entries.flatMap(([kind, list]) => list.split(" ").map((word) => [word, kind] as const)));
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}
