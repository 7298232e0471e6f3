import { createHmac } from "node:crypto";

export type HttpRequest = {
  readonly method?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** The same request as API Gateway hands it to a function: of an HTTP API (2.0) or a REST API (1.0), body as text or in base64. */
export function gatewayEvents({ method = "POST", path, headers, body }: HttpRequest): Record<string, unknown> {
  const encoded = Buffer.from(body).toString("base64");
  const second = {
    version: "2.0",
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: "",
    headers,
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      domainName: "api.execute-api.eu-central-1.amazonaws.com",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "140.82.115.1", userAgent: "GitHub-Hookshot/044aadd" },
      requestId: "request",
      stage: "$default",
      timeEpoch: 1_795_448_000_000,
    },
  };
  const first = {
    resource: path,
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: { accountId: "123456789012", httpMethod: method, path, stage: "prod" },
  };
  return {
    "2.0, text": { ...second, body, isBase64Encoded: false },
    "2.0, base64": { ...second, body: encoded, isBase64Encoded: true },
    "1.0, text": { ...first, body, isBase64Encoded: false },
    "1.0, base64": { ...first, body: encoded, isBase64Encoded: true },
  };
}

/** Headers as GitHub sends them, with their capitals. */
export function githubHeaders(body: string, secret: string, event = "workflow_job"): Record<string, string> {
  return {
    "Content-Type": "application/json",
    "X-GitHub-Event": event,
    "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    "X-Hub-Signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  };
}
