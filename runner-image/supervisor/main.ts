import { supervisorLog } from "./log.ts";
import { parsePayload } from "./payload.ts";
import { runtimeApi } from "./runtime-api.ts";
import { serve } from "./serve.ts";
import { readSettings } from "./settings.ts";

/**
 * What a Lambda environment of the runner function runs: serves the first event, refuses every later one. It never
 * exits by itself, because an exit after the answer would count as a failed invocation.
 */
async function main(): Promise<never> {
  process.umask(0o077);
  const settings = readSettings(process.env);
  const api = runtimeApi(settings.runtimeApi);
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  const log = supervisorLog("", write);
  let used = false;
  for (;;) {
    const invocation = await api.next();
    if (used) {
      await api.fail(invocation.requestId, "Mayfly.EnvironmentUsed", "this environment has served its runner");
      continue;
    }
    used = true;
    try {
      const payload = parsePayload(invocation.body);
      const served = await serve(payload, invocation, { settings, environment: process.env, write });
      await api.respond(invocation.requestId, served);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.error("The event was not served", { cause: message });
      await api.fail(invocation.requestId, "Mayfly.EventNotServed", message);
    }
  }
}

await main();
