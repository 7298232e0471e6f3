import type { Logger } from "pino";

/**
 * Probot's logger: the same log without what Probot would put into it by itself. Its errors carry the whole payload of
 * the event, and its line for each request all headers, with the right signature of the body among them.
 */
export function frameworkLogger(logger: Logger): Logger {
  return logger.child(
    {},
    {
      redact: ['req.headers["x-hub-signature-256"]', 'req.headers["x-hub-signature"]'],
      serializers: { err: ({ name, message, stack }: Error) => ({ type: name, message, stack }) },
    },
  );
}
