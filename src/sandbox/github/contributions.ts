import { openPullRequest, type PullRequestRequest } from "./actions/open-pull-request.ts";
import { pushHead } from "./actions/push-head.ts";
import { trigger, type TriggerRequest } from "./actions/trigger.ts";
import { userId } from "./json/user.ts";
import type { RepositoryRecord, Role } from "./repository-record.ts";
import { pullRequestView, runView, type PullRequestView, type RunView } from "./views.ts";
import { fullName, repositoryNamed, type RepositoryName, type World } from "./world.ts";

/** What people do to repositories, beside pushing to them. A repository must exist, otherwise these throw. */
export type Contributions = {
  /** Opens a pull request and starts the workflows that it triggers; `runs` has those of the push to a branch too. */
  openPullRequest(
    request: PullRequestRequest,
  ): Promise<{ readonly pullRequest: PullRequestView; readonly runs: RunView[] }>;
  /** Pushes one more commit to a pull request. `author` is by default that of the pull request. */
  pushToPullRequest(
    pullRequest: Pick<PullRequestView, "repositoryId" | "number">,
    change: { readonly files: PullRequestRequest["files"]; readonly author?: string },
  ): Promise<{ readonly pullRequest: PullRequestView; readonly runs: RunView[] }>;
  /** Lets another event happen that starts workflows of the default branch. */
  trigger(request: TriggerRequest): Promise<RunView[]>;
  /** Gives a person a role; once more changes it. The owner has admin anyway. */
  addCollaborator(repository: RepositoryName, login: string, role: Role): void;
  /** Secrets that jobs get, except those of forks' pull requests. */
  setSecret(repository: RepositoryName, name: string, value: string): void;
  /** Deletes a fork, and leaves its pull requests open. */
  deleteFork(repository: RepositoryName): void;
};

/** Does these things to a world. */
export function contributions(world: World): Contributions {
  return {
    async openPullRequest(request) {
      const { pullRequest, runs } = await openPullRequest(world, request);
      return { pullRequest: pullRequestView(pullRequest), runs: runs.map(runView) };
    },
    async pushToPullRequest({ repositoryId, number }, { files, author }) {
      const pullRequest = world.state.pullRequests.get(`${repositoryId}#${number}`);
      if (pullRequest === undefined) throw new Error(`no pull request ${number}`);
      const change = { action: "synchronize", author: author ?? pullRequest.author, files } as const;
      const runs = await pushHead(world, pullRequest, change);
      return { pullRequest: pullRequestView(pullRequest), runs: runs.map(runView) };
    },
    trigger: async (request) => (await trigger(world, request)).map(runView),
    addCollaborator(repository, login, role) {
      userId(world, login);
      existing(world, repository).collaborators.set(login.toLowerCase(), role);
    },
    setSecret: (repository, name, value) => void existing(world, repository).secrets.set(name, value),
    deleteFork(repository) {
      const fork = existing(world, repository);
      if (fork.parentId === undefined) throw new Error(`${fullName(repository)} is no fork`);
      world.state.repositories.delete(fork.id);
    },
  };
}

function existing(world: World, name: RepositoryName): RepositoryRecord {
  const repository = repositoryNamed(world, name);
  if (repository === undefined) throw new Error(`no repository ${fullName(name)}`);
  return repository;
}
