import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Template } from "../deployment/template.ts";

/** The template that `serverless package` left in a folder, `.serverless` unless it was told another one. */
export async function readTemplate(folder: string): Promise<Template> {
  return JSON.parse(await readFile(join(folder, "cloudformation-template-update-stack.json"), "utf8")) as Template;
}
