import {
  type Description,
  type OperationDescription,
  type Parameter,
  readDescription,
  resolve,
} from "./description.ts";
import type { Schema } from "./description.ts";
import { closed } from "./json-schema.ts";
import { type FoundOperation, operationFinder } from "./operation-finder.ts";
import { type SchemaChecker, schemaChecker } from "./schema-checker.ts";

/** GitHub's OpenAPI description as a judge of requests, answers and webhooks. Each list of errors is empty when all is well. */
export type Contract = {
  /** The described operation that a method and a path (a query is ignored) belong to. */
  operation(method: string, pathname: string): FoundOperation | undefined;
  /**
   * What is wrong with a request: unknown operation, types of path and query parameters, a query or body field that
   * the description does not know, a missing or wrong body. `body` is the parsed JSON, undefined when there is none.
   */
  requestErrors(method: string, pathnameWithQuery: string, body: unknown): string[];
  /**
   * What is wrong with an answer. A status that the description does not list for the operation is wrong, except for
   * those that any operation may give: 401, 403, 404, 422, 429 and 5xx.
   */
  responseErrors(operationId: string, status: number, body: unknown): string[];
  /** What is wrong with a webhook's payload; `action` is undefined or empty for events without one (`push`). */
  webhookErrors(event: string, action: string | undefined, payload: unknown): string[];
};

const ANYWHERE = new Set([401, 403, 404, 422, 429]);

let shared: Contract | undefined;

/** The contract of the committed slice; made once a process, schemas are compiled at their first use. */
export function githubContract(): Contract {
  shared ??= contractOf(readDescription());
  return shared;
}

function contractOf(description: Description): Contract {
  const checker = schemaChecker(description);
  const find = operationFinder(description);
  const byId = new Map(
    Object.values(description.paths)
      .flatMap((methods) => Object.values(methods))
      .map((operation) => [operation.operationId, operation]),
  );
  return {
    operation: (method, pathname) => find(method, pathname.split("?")[0] ?? ""),
    requestErrors(method, pathnameWithQuery, body) {
      const [pathname = "", query = ""] = pathnameWithQuery.split("?");
      const found = find(method, pathname);
      const operation = found && byId.get(found.id);
      if (operation === undefined) return [`${method} ${pathname} is no operation of the slice`];
      return [
        ...parameterErrors(description, checker, operation, "path", found?.parameters ?? {}),
        ...queryErrors(description, checker, operation, new URLSearchParams(query)),
        ...bodyErrors(description, checker, operation, body),
      ];
    },
    responseErrors(operationId, status, body) {
      const operation = byId.get(operationId);
      if (operation === undefined) return [`${operationId} is no operation of the slice`];
      return answerErrors(description, checker, operation, status, body);
    },
    webhookErrors(event, action, payload) {
      const name = (action === undefined || action === "" ? event : `${event}-${action}`).replaceAll("_", "-");
      const schema = description["x-webhooks"][name]?.post.requestBody.content["application/json"]?.schema;
      if (schema === undefined) return [`${name} is no webhook of the slice`];
      return checker.errors(`webhook ${name}`, () => schema, payload).map((text) => `${name} ${text}`);
    },
  };
}

function queryErrors(
  description: Description,
  checker: SchemaChecker,
  operation: OperationDescription,
  query: URLSearchParams,
): string[] {
  const errors = parameterErrors(description, checker, operation, "query", Object.fromEntries(query));
  const twice = [...new Set(query.keys())].filter((name) => query.getAll(name).length > 1);
  errors.push(...twice.map((name) => `query ${name} is given more than once`));
  // Documented in prose only; GitHub cuts the page silently
  if (Number(query.get("per_page") ?? 1) > 100) errors.push("query per_page must be at most 100");
  return errors;
}

function parameterErrors(
  description: Description,
  checker: SchemaChecker,
  operation: OperationDescription,
  place: "path" | "query",
  values: Readonly<Record<string, string>>,
): string[] {
  const schema = (): Schema => {
    const parameters = (operation.parameters ?? [])
      .map((item) => resolve<Parameter>(description, item))
      .filter((item) => item.in === place);
    return {
      type: "object",
      properties: Object.fromEntries(parameters.map((item) => [item.name, item.schema])),
      required: parameters.filter((item) => item.required === true).map((item) => item.name),
      additionalProperties: false,
    };
  };
  return checker
    .textErrors(`${place} ${operation.operationId}`, schema, values)
    .map((text) => `${operation.operationId} ${place} ${text}`);
}

function bodyErrors(
  description: Description,
  checker: SchemaChecker,
  operation: OperationDescription,
  body: unknown,
): string[] {
  const { operationId, requestBody } = operation;
  const schema = requestBody?.content["application/json"]?.schema;
  if (body === undefined) return requestBody?.required === true ? [`${operationId} body is required`] : [];
  if (schema === undefined) return [`${operationId} takes no body`];
  const strict = (): Schema => closed(schema, (pointer) => resolve<Schema>(description, { $ref: pointer }));
  return checker.errors(`request ${operationId}`, strict, body).map((text) => `${operationId} body ${text}`);
}

function answerErrors(
  description: Description,
  checker: SchemaChecker,
  operation: OperationDescription,
  status: number,
  body: unknown,
): string[] {
  const { operationId } = operation;
  const listed = operation.responses[String(status)];
  if (listed === undefined) {
    return ANYWHERE.has(status) || (status >= 500 && status <= 599)
      ? []
      : [`${operationId} answer ${status} is not described`];
  }
  // Contents come as text when the raw media type is asked for, which the description leaves out
  if (operationId === "repos/get-content" && status === 200 && typeof body === "string") return [];
  const schema = resolve<{ content?: Record<string, { schema: Schema }> }>(description, listed).content?.[
    "application/json"
  ]?.schema;
  if (schema === undefined) {
    return body === undefined || body === "" || status >= 300 ? [] : [`${operationId} answer ${status} has no body`];
  }
  return checker
    .errors(`response ${operationId} ${status}`, () => schema, body)
    .map((text) => `${operationId} answer ${status} ${text}`);
}
