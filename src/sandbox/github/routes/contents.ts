import { repositoryPage, repositoryUrl } from "../json/repository.ts";
import { urlPath } from "../json/url-path.ts";
import { notFound, problem, type Answer } from "../rest/answer.ts";
import type { RepositoryCall } from "../rest/call.ts";
import type { Commit } from "../state.ts";
import { sha1 } from "../ids.ts";

const MAX_INLINE_BYTES = 1_000_000;

/** `repos/get-content`: a file as JSON (base64) or raw, or a directory's list, at a branch, a commit or the default branch. */
export function getContent(call: RepositoryCall): Answer {
  const { repository, query, accept } = call;
  const ref = query.get("ref") ?? repository.defaultBranch;
  const sha = repository.branches.get(ref.replace(/^refs\/heads\//, "")) ?? ref;
  const commit = repository.commits.get(sha);
  if (commit === undefined) return problem(404, `No commit found for the ref ${ref}`);
  const path = (call.path.path ?? "").replace(/^\/+|\/+$/g, "");
  const text = commit.files.get(path);
  if (text === undefined) return directory(call, commit, path, ref);
  if (/application\/vnd\.github(\.[\w-]+)?\.raw/.test(accept)) {
    return { status: 200, raw: { contentType: "application/vnd.github.raw+json; charset=utf-8", text } };
  }
  const isLarge = Buffer.byteLength(text) > MAX_INLINE_BYTES;
  const content = isLarge ? "" : base64Lines(text);
  return {
    status: 200,
    body: { ...entryJson(call, path, ref, text), type: "file", encoding: isLarge ? "none" : "base64", content },
  };
}

function directory(call: RepositoryCall, commit: Commit, path: string, ref: string): Answer {
  const prefix = path === "" ? "" : `${path}/`;
  const entries = new Map<string, string | undefined>();
  for (const [file, text] of commit.files) {
    if (!file.startsWith(prefix)) continue;
    const [name = "", ...below] = file.slice(prefix.length).split("/");
    entries.set(prefix + name, below.length === 0 ? text : undefined);
  }
  if (entries.size === 0) return notFound();
  const body = [...entries].map(([entry, text]) => ({
    ...entryJson(call, entry, ref, text ?? ""),
    type: text === undefined ? "dir" : "file",
  }));
  return { status: 200, body };
}

function entryJson(call: RepositoryCall, path: string, ref: string, text: string): Record<string, unknown> {
  const { world, repository } = call;
  const api = repositoryUrl(world, repository);
  const sha = sha1(`blob ${Buffer.byteLength(text)}\0${text}`);
  const url = `${api}/contents/${urlPath(path)}?ref=${encodeURIComponent(ref.toWellFormed())}`;
  const gitUrl = `${api}/git/blobs/${sha}`;
  const place = urlPath(`${ref}/${path}`);
  const page = `${repositoryPage(repository)}/blob/${place}`;
  return {
    name: path.split("/").at(-1),
    path,
    sha,
    size: Buffer.byteLength(text),
    url,
    html_url: page,
    git_url: gitUrl,
    download_url: `https://raw.githubusercontent.com/${repository.owner}/${repository.name}/${place}`,
    _links: { self: url, git: gitUrl, html: page },
  };
}

/** Base64 in lines of 60 characters, as GitHub answers it. */
function base64Lines(text: string): string {
  const lines =
    Buffer.from(text)
      .toString("base64")
      .match(/.{1,60}/g) ?? [];
  return lines.map((line) => `${line}\n`).join("");
}
