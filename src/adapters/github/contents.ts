import { isCallError } from "../../core/errors/call-error.ts";
import type { FileEntry, GitHub } from "../../core/ports.ts";
import type { Api, RepositoryCall } from "./api.ts";
import { sharedCalls } from "./shared-calls.ts";
import type { Permissions } from "./tokens.ts";
import { undefinedWhenAbsent } from "./undefined-when-absent.ts";

type Found = { readonly text: string } | { readonly bytes: number } | undefined;

type Ask = <Data, Result>(call: RepositoryCall<Data, Result>) => Promise<Result>;

const operation = "get-content";

/** Reads files and folders of repositories. Reads of the same at the same time share one request. */
export function contents(
  api: Api,
  permissions: Permissions,
): Pick<GitHub, "readFile" | "listFiles" | "readOwnersFile"> {
  const shared = sharedCalls();
  return {
    readFile: async (repository, path, ref) =>
      await shared(["file", repository.id, path, ref], () =>
        undefinedWhenAbsent(operation, () =>
          readText(
            (call) => api.onRepository(repository, call),
            permissions,
            ref === undefined ? { path } : { path, ref },
          ),
        ),
      ),
    listFiles: async (repository, path) =>
      await shared(["folder", repository.id, path], () =>
        undefinedWhenAbsent(operation, () =>
          api.onRepository(repository, {
            operation,
            permissions,
            send: (client, on) => client.rest.repos.getContent({ ...on, path }),
            read: ({ data }) => readFolder(data),
          }),
        ),
      ),
    readOwnersFile: async (repository, name, path) =>
      await shared(["owner", repository.installationId, name, path], async () => {
        try {
          const ask: Ask = (call) => api.onOwnersRepository(repository, name, call);
          return await readText(ask, { contents: "read" }, { path });
        } catch (error) {
          if (isOutOfReach(error)) return undefined;
          throw error;
        }
      }),
  };
}

/** Of a repository that the installation does not cover there is no token (422), of any other no file (404). */
function isOutOfReach(error: unknown): boolean {
  if (isCallError(error, "not-found", "forbidden")) return true;
  return isCallError(error, "invalid") && error.facts.operation !== operation && error.facts.status === 422;
}

/**
 * The text of a file. The JSON form says when an answer broke off and tells files from directories; above 1 MB it
 * leaves the content out, which then comes by the raw media type and is held against the size.
 */
async function readText(
  ask: Ask,
  permissions: Permissions,
  at: { readonly path: string; readonly ref?: string },
): Promise<string | undefined> {
  const found = await ask({
    operation,
    permissions,
    send: (client, on) => client.rest.repos.getContent({ ...on, ...at }),
    read: ({ data }): Found => readJson(data),
  });
  if (found === undefined || "text" in found) return found?.text;
  return await ask({
    operation,
    permissions,
    send: (client, on) => client.rest.repos.getContent({ ...on, ...at, mediaType: { format: "raw" } }),
    read: ({ data }) => readRaw(data, found.bytes),
  });
}

function readJson(data: unknown): Found {
  if (Array.isArray(data)) return undefined; // a directory
  if (typeof data !== "object" || data === null) throw new Error("it broke off");
  const { type, encoding, content, size } = data as Record<string, unknown>;
  if (type !== "file") return undefined;
  if (typeof content !== "string" || typeof size !== "number") throw new Error("no content in it");
  if (content === "" && size > 0) return { bytes: size };
  if (encoding !== "base64") throw new Error("its encoding is unknown");
  return { text: Buffer.from(content, "base64").toString("utf8") };
}

function readRaw(data: unknown, bytes: number): string {
  const raw = data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(String(data), "utf8");
  if (raw.length < bytes) throw new Error("it broke off");
  return raw.toString("utf8");
}

type Entry = {
  readonly type: string;
  readonly path: string;
  readonly sha: string;
  readonly size: number;
  readonly download_url: string | null;
};

/**
 * Undefined for what is no folder. GitHub lists at most 1,000 entries. In this version of its API a submodule counts as
 * a file, told by the missing download: https://docs.github.com/rest/repos/contents#get-repository-content
 */
function readFolder(data: unknown): FileEntry[] | undefined {
  if (typeof data !== "object" || data === null) throw new Error("it broke off");
  if (!Array.isArray(data)) return undefined;
  return (data as Entry[])
    .filter(({ type, download_url: download }) => type === "file" && download !== null)
    .map(({ path, sha, size }) => ({ path, sha, bytes: size }));
}
