import type { GitHub } from "../../core/ports.ts";
import { isCallError } from "../../core/errors/call-error.ts";
import { integer, nonEmpty } from "./answer-fields.ts";
import type { Api } from "./api.ts";

const permissions = { administration: "write" } as const;

/** Registers, finds and deletes runners of a repository. Repository runners know one group, 1 ("Default"). */
export function runners(
  api: Api,
  runnerGroupId: number,
): Pick<GitHub, "mintJitConfig" | "findRunner" | "deleteRunner"> {
  return {
    mintJitConfig: (repository, { name, labels }) =>
      api.onRepository(repository, {
        operation: "generate-jitconfig",
        once: true,
        permissions,
        send: (client, on) =>
          client.rest.actions.generateRunnerJitconfigForRepo({
            ...on,
            name,
            runner_group_id: runnerGroupId,
            labels: [...labels],
            work_folder: "_work",
          }),
        // An empty config has been seen: the runner is registered but cannot be started, as after a lost reply
        read: ({ data }) => ({ runnerId: integer(data.runner.id), jitConfig: nonEmpty(data.encoded_jit_config) }),
      }),
    findRunner: (repository, name) =>
      api.onRepository(repository, {
        operation: "list-runners",
        permissions,
        send: (client, on) => client.rest.actions.listSelfHostedRunnersForRepo({ ...on, name, per_page: 100 }),
        read: ({ data }) => {
          const found = data.runners.find((runner) => runner.name === name);
          if (found === undefined) return undefined;
          const status = found.status === "online" ? "online" : "offline";
          return { id: integer(found.id), name, status, busy: found.busy };
        },
      }),
    async deleteRunner(repository, runnerId) {
      const operation = "delete-runner";
      try {
        return await api.onRepository(repository, {
          operation,
          permissions,
          send: (client, on) => client.rest.actions.deleteSelfHostedRunnerFromRepo({ ...on, runner_id: runnerId }),
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
