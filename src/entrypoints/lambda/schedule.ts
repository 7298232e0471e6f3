import { awsBase } from "../compose/aws/aws-base.ts";
import { composeCore } from "../compose/aws/core-ports.ts";
import { endingMachines } from "../compose/aws/ending.ts";
import { measuredHandler } from "./measured-handler.ts";
import { scheduleFunction } from "./schedule-function.ts";
import { readCoreSettings } from "./settings/core-settings.ts";
import { readEnvironment } from "./settings/environment.ts";

const { imageBuiltAtMs, ...settings } = readEnvironment(process.env, (from) => ({
  ...readCoreSettings(from),
  imageBuiltAtMs: from.parsed("MAYFLY_IMAGE_BUILT_AT", time),
}));
const { clock, log, metrics, ...rest } = awsBase("schedule", settings);
const base = { clock, log, metrics, ...rest };
const open = composeCore(base, settings, { compute: endingMachines(settings), roles: undefined });

/** Every minute: what has waited is woken, what was missed is fetched, what is over is ended. */
export const handler = measuredHandler(metrics, scheduleFunction(open, { clock, log, metrics, imageBuiltAtMs }));

function time(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error("is no time as 2026-11-23T12:00:00Z");
  return ms;
}
