/**
 * `mayfly-<job id>-<launch number>`: at most 64 characters of `[A-Za-z0-9._-]` together with the mint number, which
 * is what GitHub accepts for a runner's name.
 */
export function runnerName(prefix: string, jobId: number, launchNumber: number): string {
  return `${nameSafe(prefix)}-${jobId}-${launchNumber}`;
}

/** GitHub's name of a runner: ours + `-` + mint number, because each JIT config needs a name of its own. */
export function githubRunnerName(name: string, mint: number): string {
  return `${name}-${mint}`;
}

/** Our name of the runner that GitHub names, or undefined when it is none of ours. */
export function ownRunnerName(prefix: string, githubName: string | undefined): string | undefined {
  if (githubName === undefined) return undefined;
  const match = /^(.+-\d+-\d+)-\d+$/.exec(githubName);
  const name = match?.[1];
  if (name === undefined || !name.startsWith(`${nameSafe(prefix)}-`)) return undefined;
  return /^\d+-\d+$/.test(name.slice(nameSafe(prefix).length + 1)) ? name : undefined;
}

function nameSafe(prefix: string): string {
  return prefix.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, 30);
}
