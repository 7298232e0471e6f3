import { CallError, isCallError } from "../../core/errors/call-error.ts";
import type { GitHub, RunnerScope } from "../../core/ports.ts";
import { integer, nonEmpty } from "./answer-fields.ts";
import type { Api, AppCall, OrganizationCall, RepositoryCall } from "./api.ts";

/** The only group of runners that a repository has, "Default". */
const REPOSITORY_GROUP = 1;

type Minted = { readonly runner: { readonly id: number }; readonly encoded_jit_config: string };
type Listed = { readonly id: number; readonly name: string; readonly status: string; readonly busy: boolean };

/** Registers, finds and deletes runners of a repository, or of a runner group of its organisation. */
export function runners(api: Api): Pick<GitHub, "mintJitConfig" | "findRunner" | "deleteRunner"> {
  return {
    async mintJitConfig(scope, { name, labels }) {
      const group = scope.organizationRunnerGroup ?? REPOSITORY_GROUP;
      const config = { name, labels: [...labels], runner_group_id: group, work_folder: "_work" };
      const minted = send(api, scope, {
        operation: "generate-jitconfig",
        once: true,
        onRepository: ({ rest }, on) => rest.actions.generateRunnerJitconfigForRepo({ ...on, ...config }),
        onOrganization: ({ rest }, on) => rest.actions.generateRunnerJitconfigForOrg({ ...on, ...config }),
        // An empty config has been seen: the runner is registered but cannot be started, as after a lost reply
        read: ({ data }: { readonly data: Minted }) => ({
          runnerId: integer(data.runner.id),
          jitConfig: nonEmpty(data.encoded_jit_config),
        }),
      });
      return await minted.catch((error: unknown) => {
        throw explained(error, scope);
      });
    },
    async findRunner(scope, name) {
      const page = { name, per_page: 100 };
      return await send(api, scope, {
        operation: "list-runners",
        onRepository: ({ rest }, on) => rest.actions.listSelfHostedRunnersForRepo({ ...on, ...page }),
        onOrganization: ({ rest }, on) => rest.actions.listSelfHostedRunnersForOrg({ ...on, ...page }),
        read: ({ data }: { readonly data: { readonly runners: readonly Listed[] } }) => {
          const found = data.runners.find((runner) => runner.name === name);
          if (found === undefined) return undefined;
          const status = found.status === "online" ? "online" : "offline";
          return { id: integer(found.id), name, status, busy: found.busy };
        },
      });
    },
    async deleteRunner(scope, runnerId) {
      const operation = "delete-runner";
      try {
        return await send(api, scope, {
          operation,
          onRepository: ({ rest }, on) => rest.actions.deleteSelfHostedRunnerFromRepo({ ...on, runner_id: runnerId }),
          onOrganization: ({ rest }, on) => rest.actions.deleteSelfHostedRunnerFromOrg({ ...on, runner_id: runnerId }),
          read: () => "deleted",
        });
      } catch (error) {
        if (!isCallError(error) || error.facts.operation !== operation) throw error;
        if (error.facts.status === 404) return "absent";
        if (error.facts.status === 422) return "busy";
        throw error;
      }
    },
  };
}

/** The same call as GitHub has it for repositories and for organisations, each with a permission of its own. */
type RunnerCall<Data, Result> = Omit<AppCall<Data, Result>, "send"> & {
  readonly onRepository: RepositoryCall<Data, Result>["send"];
  readonly onOrganization: OrganizationCall<Data, Result>["send"];
};

async function send<Data, Result>(
  api: Api,
  { repository, organizationRunnerGroup }: RunnerScope,
  { onRepository, onOrganization, ...call }: RunnerCall<Data, Result>,
): Promise<Result> {
  if (organizationRunnerGroup === undefined) {
    return await api.onRepository(repository, {
      ...call,
      permissions: { administration: "write" },
      send: onRepository,
    });
  }
  return await api.onOrganization(repository, {
    ...call,
    permissions: { organization_self_hosted_runners: "write" },
    send: onOrganization,
  });
}

/** GitHub's "Not Found" does not say what: the owner may be no organisation, or have no such group. */
function explained(error: unknown, { repository, organizationRunnerGroup: group }: RunnerScope): unknown {
  if (group === undefined || !isCallError(error, "not-found", "invalid")) return error;
  if (error.facts.operation !== "generate-jitconfig") return error;
  const message = `${error.facts.message} (is ${repository.owner} an organisation with a runner group ${group}?)`;
  return new CallError({ ...error.facts, message });
}
