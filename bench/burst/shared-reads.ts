import { sharedCalls } from "../../src/adapters/github/shared-calls.ts";
import type { GitHub } from "../../src/core/ports.ts";

/** Lets reads of the same that are under way share one call, as the adapter for GitHub does. */
export function sharedReads(port: GitHub): GitHub {
  const shared = sharedCalls();
  return {
    ...port,
    readRun: async (repository, runId) =>
      await shared(["run", repository.id, runId], async () => await port.readRun(repository, runId)),
    mayWrite: async (repository, login) =>
      await shared(["login", repository.id, login], async () => await port.mayWrite(repository, login)),
    readFile: async (repository, path, ref) =>
      await shared(["file", repository.id, path, ref], async () => await port.readFile(repository, path, ref)),
    listFiles: async (repository, path) =>
      await shared(["folder", repository.id, path], async () => await port.listFiles(repository, path)),
    readOwnersFile: async (repository, name, path) =>
      await shared(
        ["owner", repository.installationId, name, path],
        async () => await port.readOwnersFile(repository, name, path),
      ),
  };
}
