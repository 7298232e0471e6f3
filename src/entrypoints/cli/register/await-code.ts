import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { messagePage, type Page } from "./manifest-page.ts";

export type CodeOptions = {
  /** Of 127.0.0.1; 0 is a free one. */
  readonly port: number;
  /** Nobody guesses them: in the address of the page, and in what GitHub sends back. */
  readonly path: string;
  readonly state: string;
  /** The page with the form; `redirectUrl` is where GitHub leads back to. */
  readonly page: (redirectUrl: string) => Promise<Page>;
};

export type AwaitedCode = {
  /** The address for the operator's browser. */
  readonly url: string;
  /** The first code that came back with the right state. */
  readonly code: Promise<string>;
  /** Idempotent. */
  close(): Promise<void>;
};

/** For the last page to arrive. */
const lastWordMs = 1000;

/** GitHub's codes have 40 hexadecimal digits today. */
const codeForm = /^[\w-]{1,200}$/;

/**
 * Serves the page with the form on 127.0.0.1 and waits for GitHub's answer. Who does not know the page's address sees
 * nothing; whoever comes back without the right state changes nothing. Requests under another name than 127.0.0.1 are
 * refused: a foreign page could have its own name lead here. Rejects when the port is taken.
 */
export async function awaitCode({ port, path, state, page }: CodeOptions): Promise<AwaitedCode> {
  const awaited = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    const { port: own } = server.address() as AddressInfo;
    const origin = `http://127.0.0.1:${own}`;
    const send = (status: number, { html, headers }: Page): void =>
      void response.writeHead(status, { ...headers, connection: "close" }).end(html);
    const url = URL.canParse(request.url ?? "", origin) ? new URL(request.url ?? "", origin) : undefined;
    if (request.method !== "GET" || request.headers.host !== `127.0.0.1:${own}` || url === undefined) {
      return send(400, messagePage("This is not for you."));
    }
    if (url.pathname === `/${path}`) {
      page(`${origin}/callback`).then(
        (made) => send(200, made),
        (error: unknown) => awaited.reject(error),
      );
      return undefined;
    }
    if (url.pathname !== "/callback") return send(404, messagePage("There is nothing here."));
    const code = url.searchParams.get("code") ?? "";
    if (!codeForm.test(code) || !isSame(url.searchParams.get("state") ?? "", state)) {
      return send(
        400,
        messagePage("This answer does not belong to this registration. Start again from the first page."),
      );
    }
    send(200, messagePage("GitHub has agreed. The rest happens in your terminal; this page can be closed."));
    return awaited.resolve(code);
  });
  await new Promise<void>((done, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", done);
  });
  // nobody may be waiting yet
  awaited.promise.catch(() => {});
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}/${path}`,
    code: awaited.promise,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeIdleConnections();
        // a browser that holds its connection open does not hold up the command
        setTimeout(() => server.closeAllConnections(), lastWordMs).unref();
      }),
  };
}

function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
