import type { GitHub } from "../../core/ports.ts";
import type { Api } from "./api.ts";
import type { Permissions } from "./tokens.ts";
import { undefinedWhenAbsent } from "./undefined-when-absent.ts";

type Found = { readonly text: string } | { readonly bytes: number } | undefined;

/**
 * Reads the text of a file. The JSON form says when an answer broke off and tells files from directories; above 1 MB
 * it leaves the content out, which then comes by the raw media type and is held against the size. Reads of the same
 * file at the same time share one request.
 */
export function contents(api: Api, permissions: Permissions): GitHub["readFile"] {
  const read: GitHub["readFile"] = (repository, path, ref) =>
    undefinedWhenAbsent("get-content", async (operation) => {
      const at = ref === undefined ? { path } : { path, ref };
      const found = await api.onRepository(repository, {
        operation,
        permissions,
        send: (client, on) => client.rest.repos.getContent({ ...on, ...at }),
        read: ({ data }): Found => readJson(data),
      });
      if (found === undefined || "text" in found) return found?.text;
      return api.onRepository(repository, {
        operation,
        permissions,
        send: (client, on) => client.rest.repos.getContent({ ...on, ...at, mediaType: { format: "raw" } }),
        read: ({ data }) => readRaw(data, found.bytes),
      });
    });
  // Jobs that are queued together ask for the same file at the same moment.
  const underWay = new Map<string, Promise<string | undefined>>();
  return async (repository, path, ref) => {
    const key = JSON.stringify([repository.id, path, ref]);
    const shared = underWay.get(key) ?? read(repository, path, ref).finally(() => underWay.delete(key));
    underWay.set(key, shared);
    return await shared;
  };
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
