import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What an Authorization header says about how the request was signed. */
export type SigningScope = {
  readonly accessKeyId: string;
  /** `20261122`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Names of the headers that it covers, lower case, in the order of the alphabet. */
  readonly signedHeaders: readonly string[];
};

/**
 * Signature Version 4 that the request should carry when it was made with this secret key
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html), lower-case hex.
 */
export function signatureOf(
  request: Pick<IncomingMessage, "method" | "url" | "headers">,
  body: Buffer,
  { date, region, service, signedHeaders }: SigningScope,
  secretAccessKey: string,
): string {
  const { method = "", url = "/", headers } = request;
  const valueOf = (name: string): string => [headers[name] ?? ""].flat().join(",").trim().replaceAll(/ +/g, " ");
  const [path = "/", query = ""] = url.split("?");
  const canonical = [
    method,
    // every service but S3 encodes the path that was sent once more
    path.split("/").map(encode).join("/"),
    [...new URLSearchParams(query)]
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .toSorted()
      .join("&"),
    ...signedHeaders.map((name) => `${name}:${valueOf(name)}`),
    "",
    signedHeaders.join(";"),
    sha256(body),
  ].join("\n");
  const scope = [date, region, service, "aws4_request"];
  const text = ["AWS4-HMAC-SHA256", valueOf("x-amz-date"), scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>((from, part) => hmac(from, part).digest(), `AWS4${secretAccessKey}`);
  return hmac(key, text).digest("hex");
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function hmac(key: string | Buffer, text: string): ReturnType<typeof createHmac> {
  return createHmac("sha256", key).update(text);
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
