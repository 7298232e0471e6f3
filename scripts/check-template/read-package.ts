import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { otherRegions } from "../deployment/other-regions.ts";
import { somePlace } from "./made-up-values.ts";
import { packaged } from "./packaged.ts";
import type { Packaged } from "./packaged.ts";
import { readTemplate } from "./read-template.ts";

const state = z.object({
  service: z.object({
    service: z.string(),
    provider: z.object({ stage: z.string(), region: z.string() }),
    custom: z.object({ checked: z.object({ jobRoles: z.string(), otherRegions, debug: z.enum(["yes", "no"]) }) }),
  }),
});

/** What `serverless package` left in a folder: the template, and from the framework's own notes what it is for. */
export async function readPackage(folder: string): Promise<Packaged> {
  const template = await readTemplate(folder);
  const { service } = state.parse(JSON.parse(await readFile(join(folder, "serverless-state.json"), "utf8")));
  const { provider, custom } = service;
  const { jobRoles, debug, ...rest } = custom.checked;
  const place = { ...somePlace, region: provider.region, stack: `${service.service}-${provider.stage}` };
  return packaged(template, place, {
    ...rest,
    jobRoles: jobRoles === "" ? [] : jobRoles.split(","),
    debug: debug === "yes",
  });
}
