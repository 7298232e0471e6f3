import { readDescription, resolve, type Schema } from "../../../src/sandbox/openapi/description.ts";

const description = readDescription();

const TEXTS: Readonly<Record<string, string>> = {
  "date-time": "2026-11-22T10:00:00Z",
  uri: "https://example.test/x",
  email: "a@example.test",
};

function ofSchema(given: Schema): unknown {
  const schema = resolve<Schema>(description, given);
  if (schema["nullable"] === true) return null;
  const [first] = (schema["oneOf"] ?? schema["anyOf"] ?? []) as Schema[];
  if (first !== undefined) return ofSchema(first);
  if (Array.isArray(schema["allOf"])) {
    return Object.assign({}, ...(schema["allOf"] as Schema[]).map(ofSchema)) as unknown;
  }
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  if (schema["type"] === "array") return [];
  if (schema["type"] === "integer" || schema["type"] === "number") return 1;
  if (schema["type"] === "boolean") return false;
  if (schema["type"] === "string") return TEXTS[String(schema["format"])] ?? "text";
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const required = (schema["required"] ?? []) as string[];
  return Object.fromEntries(required.map((name) => [name, ofSchema(properties[name] ?? {})]));
}

/** The smallest body that GitHub's description allows as this answer, with `fields` in the place of its own. */
export function sampleAnswer(operationId: string, status: number, fields: Record<string, unknown>): object {
  const operation = Object.values(description.paths)
    .flatMap((methods) => Object.values(methods))
    .find((candidate) => candidate.operationId === operationId);
  const answer = operation?.responses[String(status)];
  if (answer === undefined) throw new Error(`${operationId} has no answer ${status}`);
  const schema = resolve<{ content?: Record<string, { schema: Schema }> }>(description, answer).content?.[
    "application/json"
  ];
  return { ...(ofSchema(schema?.schema ?? {}) as object), ...fields };
}

/** An element of a list, by the name of its schema. */
export function sampleOf(schema: string, fields: Record<string, unknown>): object {
  return { ...(ofSchema({ $ref: `#/components/schemas/${schema}` }) as object), ...fields };
}

/** The smallest payload that GitHub's description allows of a webhook, for example `workflow-job-queued`. */
export function sampleWebhook(name: string, fields: Record<string, unknown>): object {
  const schema = description["x-webhooks"][name]?.post.requestBody.content["application/json"]?.schema;
  if (schema === undefined) throw new Error(`there is no webhook ${name}`);
  return { ...(ofSchema(schema) as object), ...fields };
}
