import type { JobFacts } from "./message.ts";
import type { Repository } from "./repository.ts";
import type { Runner } from "./runner.ts";

/**
 * True when these facts of GitHub's, which bear the runner's name, mean this runner of ours. Somebody else's may bear the
 * same name: in another repository, and beside a runner of the organisation in the same one, too. So an organisation's
 * runner is told by GitHub's ids of runner and group, and its job may be of any repository of the same owner and
 * installation.
 */
export function isOnRunner(job: JobFacts, repository: Repository, runner: Runner): boolean {
  const { organizationRunnerGroup, githubRunnerId, repository: own } = runner;
  if (organizationRunnerGroup === undefined) return repository.id === own.id;
  return (
    job.runnerId !== undefined &&
    job.runnerId === githubRunnerId &&
    job.runnerGroupId === organizationRunnerGroup &&
    repository.installationId === own.installationId &&
    repository.owner.toLowerCase() === own.owner.toLowerCase()
  );
}
