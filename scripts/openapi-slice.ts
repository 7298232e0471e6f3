/**
 * Cuts the operations and webhooks that Mayfly and its sandbox use out of GitHub's OpenAPI description and writes
 * them to src/sandbox/openapi/github.json. The package is fetched into a temporary directory and thrown away again:
 * as a dependency it would put 400 MB into everybody's node_modules.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGE = "@octokit/openapi@23.0.2";
const TARGET = new URL("../src/sandbox/openapi/", import.meta.url);

const OPERATIONS = [
  "actions/cancel-workflow-run",
  "actions/delete-self-hosted-runner-from-org",
  "actions/delete-self-hosted-runner-from-repo",
  "actions/download-job-logs-for-workflow-run",
  "actions/generate-runner-jitconfig-for-org",
  "actions/generate-runner-jitconfig-for-repo",
  "actions/get-job-for-workflow-run",
  "actions/get-pending-deployments-for-run",
  "actions/get-self-hosted-runner-for-org",
  "actions/get-self-hosted-runner-for-repo",
  "actions/get-workflow-run",
  "actions/list-jobs-for-workflow-run",
  "actions/list-jobs-for-workflow-run-attempt",
  "actions/list-self-hosted-runners-for-org",
  "actions/list-self-hosted-runners-for-repo",
  "actions/list-workflow-runs-for-repo",
  "actions/re-run-job-for-workflow-run",
  "actions/re-run-workflow",
  "actions/re-run-workflow-failed-jobs",
  "actions/review-pending-deployments-for-run",
  "apps/create-from-manifest",
  "apps/create-installation-access-token",
  "apps/get-authenticated",
  "apps/get-installation",
  "apps/get-webhook-config-for-app",
  "apps/get-webhook-delivery",
  "apps/list-installations",
  "apps/list-webhook-deliveries",
  "apps/redeliver-webhook-delivery",
  "apps/update-webhook-config-for-app",
  "checks/create",
  "checks/get",
  "checks/list-annotations",
  "checks/list-for-ref",
  "checks/update",
  "rate-limit/get",
  "repos/get-collaborator-permission-level",
  "repos/get-content",
];

const WEBHOOKS = [
  "check-run-requested-action",
  "check-run-rerequested",
  "check-suite-requested",
  "check-suite-rerequested",
  "installation-created",
  "installation-deleted",
  "installation-repositories-added",
  "pull-request-opened",
  "pull-request-synchronize",
  "push",
  "workflow-job-completed",
  "workflow-job-in-progress",
  "workflow-job-queued",
  "workflow-job-waiting",
  "workflow-run-completed",
  "workflow-run-requested",
];

/**
 * Properties that GitHub gives as null although its description says otherwise, by schema. A run whose fork was
 * deleted has no head repository: https://github.com/github/rest-api-description/issues/1586
 */
const NULLABLE: readonly (readonly [schema: string, ...path: string[]])[] = [
  ["workflow-run", "head_repository"],
  ["webhook-workflow-run-requested", "workflow_run", "head_repository"],
  ["webhook-workflow-run-completed", "workflow_run", "head_repository"],
];

/** Answers that GitHub gives and its description leaves out: logs that have expired (rust-lang/triagebot#2241). */
const UNDESCRIBED: readonly (readonly [operation: string, status: string])[] = [
  ["actions/download-job-logs-for-workflow-run", "410"],
];

/**
 * Answers that the package spells out in place of GitHub's reference, with a mistake: an account would have to be a
 * person and an enterprise at once.
 */
const REFERENCES: Readonly<Record<string, Json>> = {
  "apps/list-installations": { type: "array", items: { $ref: "#/components/schemas/installation" } },
};

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** Prose and examples; a property of a schema that merely has such a name is an object and stays. */
const PROSE = new Set(["description", "summary", "title", "externalDocs", "x-github", "tags", "examples", "example"]);

function object(value: Json | undefined): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("expected an object");
  return value;
}

/** `value` without prose; the keys of a map of `properties` are names, not keywords. */
function withoutProse(value: Json, keysAreNames = false): Json {
  if (Array.isArray(value)) return value.map((item) => withoutProse(item));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => keysAreNames || !PROSE.has(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutProse(item, key === "properties")]));
}

function cutPaths(description: JsonObject): JsonObject {
  const paths: JsonObject = {};
  const missing = new Set(OPERATIONS);
  for (const [path, methods] of Object.entries(object(description["paths"]))) {
    for (const [method, operation] of Object.entries(object(methods))) {
      const id = object(operation)["operationId"];
      if (typeof id !== "string" || !missing.delete(id)) continue;
      paths[path] = { ...object(paths[path] ?? {}), [method]: cutOperation(id, operation) };
    }
  }
  if (missing.size > 0) throw new Error(`not in ${PACKAGE}: ${[...missing].join(", ")}`);
  return paths;
}

function cutOperation(id: string, operation: Json): JsonObject {
  const cut = object(withoutProse(operation));
  const more = UNDESCRIBED.filter(([of]) => of === id).map(([, status]) => [status, {}]);
  const schema = REFERENCES[id];
  const ok = schema === undefined ? {} : { "200": { content: { "application/json": { schema } } } };
  return { ...cut, responses: { ...object(cut["responses"]), ...ok, ...Object.fromEntries(more) } };
}

/** Of a webhook only its payload matters: GitHub's headers are the same for all of them. */
function cutWebhooks(description: JsonObject): JsonObject {
  const all = object(description["x-webhooks"]);
  return Object.fromEntries(
    WEBHOOKS.map((name) => {
      const webhook = all[name];
      if (webhook === undefined) throw new Error(`not in ${PACKAGE}: webhook ${name}`);
      const { operationId, requestBody } = object(object(webhook)["post"]);
      return [name, { post: { operationId: operationId ?? name, requestBody: withoutProse(requestBody ?? {}) } }];
    }),
  );
}

function lookUp(description: JsonObject, pointer: string): Json {
  let found: Json = description;
  for (const part of pointer.slice(2).split("/")) {
    const next: Json | undefined = object(found)[part.replaceAll("~1", "/").replaceAll("~0", "~")];
    if (next === undefined) throw new Error(`dangling reference ${pointer}`);
    found = next;
  }
  return withoutProse(found);
}

/** Everything under `components` that `roots` refer to, directly or not. */
function cutComponents(description: JsonObject, roots: readonly Json[]): JsonObject {
  const components: JsonObject = {};
  const seen = new Set<string>();
  const open: Json[] = [...roots];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) {
      open.push(...value);
      continue;
    }
    const pointer = value["$ref"];
    if (typeof pointer === "string" && !seen.has(pointer)) {
      seen.add(pointer);
      const [, , kind, name] = pointer.split("/");
      if (kind === undefined || name === undefined) throw new Error(`unexpected reference ${pointer}`);
      const target = lookUp(description, pointer);
      components[kind] = { ...object(components[kind] ?? {}), [name]: target };
      open.push(target);
    }
    open.push(...Object.values(value));
  }
  return components;
}

/** `components` with what is known to be null sometimes. A reference takes no keyword beside it. */
function corrected(components: JsonObject): JsonObject {
  const schemas = object(components["schemas"]);
  for (const [schema, ...path] of NULLABLE) {
    const name = path.pop() ?? "";
    let owner = object(schemas[schema]);
    for (const part of path) owner = object(object(owner["properties"])[part]);
    const properties = object(owner["properties"]);
    const given = object(properties[name]);
    properties[name] = "$ref" in given ? { nullable: true, allOf: [given] } : { ...given, nullable: true };
  }
  return components;
}

const scratch = mkdtempSync(join(tmpdir(), "mayfly-openapi-"));
try {
  const packed = execFileSync("npm", ["pack", PACKAGE, "--silent", "--pack-destination", scratch], { cwd: scratch });
  const tarball = packed.toString().trim().split("\n").at(-1) ?? "";
  const wanted = ["package/generated/api.github.com.json", "package/LICENSE"];
  execFileSync("tar", ["-xzf", tarball, ...wanted], { cwd: scratch });
  const description = object(JSON.parse(readFileSync(join(scratch, wanted[0] ?? ""), "utf8")) as Json);
  const paths = cutPaths(description);
  const webhooks = cutWebhooks(description);
  const slice = JSON.stringify({
    openapi: description["openapi"],
    paths,
    "x-webhooks": webhooks,
    components: corrected(cutComponents(description, [paths, webhooks])),
  });
  const licence = readFileSync(join(scratch, "package/LICENSE"), "utf8");
  writeFileSync(new URL("github.json", TARGET), `${slice}\n`);
  writeFileSync(
    new URL("NOTICE", TARGET),
    `github.json is cut from ${PACKAGE} by scripts/openapi-slice.ts.\n\n${licence}`,
  );
  console.log(`src/sandbox/openapi/github.json: ${slice.length} bytes`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
