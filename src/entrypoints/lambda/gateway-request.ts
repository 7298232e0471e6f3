import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";

/** An HTTP request as API Gateway hands it to a function, whichever of its two formats it came in. */
export type GatewayRequest = {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Names in lower case; a header that was sent twice has two values, or (format 2.0) one with a comma. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly body: Buffer;
};

export type GatewayAnswer = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/**
 * Reads an event of an HTTP API (format 2.0, or 1.0 if it is set to that) or a REST API (1.0); undefined when it is
 * none. A body in base64 becomes the bytes that were sent.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function readGatewayRequest(event: unknown): GatewayRequest | undefined {
  if (typeof event !== "object" || event === null) return undefined;
  const either = event as Partial<APIGatewayProxyEvent & APIGatewayProxyEventV2>;
  return "httpMethod" in event ? readFirst(either) : readSecond(either);
}

function readFirst(event: Partial<APIGatewayProxyEvent>): GatewayRequest | undefined {
  const { httpMethod, path, headers, multiValueHeaders } = event;
  if (typeof httpMethod !== "string" || typeof path !== "string") return undefined;
  const several = Object.entries(multiValueHeaders ?? {});
  const all = several.length > 0 ? several : Object.entries(headers ?? {});
  return { method: httpMethod, path, headers: lowerCased(all), body: bodyOf(event) };
}

function readSecond(event: Partial<APIGatewayProxyEventV2>): GatewayRequest | undefined {
  const method = event.requestContext?.http?.method;
  const { rawPath, headers } = event;
  if (typeof method !== "string" || typeof rawPath !== "string") return undefined;
  return { method, path: rawPath, headers: lowerCased(Object.entries(headers ?? {})), body: bodyOf(event) };
}

function lowerCased(headers: readonly (readonly [string, string | string[] | undefined])[]): GatewayRequest["headers"] {
  const all: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of headers) {
    if (value !== undefined) (all[name.toLowerCase()] ??= []).push(...[value].flat());
  }
  return all;
}

function bodyOf(event: { readonly body?: string | null | undefined; readonly isBase64Encoded?: boolean }): Buffer {
  return Buffer.from(event.body ?? "", event.isBase64Encoded === true ? "base64" : "utf8");
}
