import { stringify } from "yaml";
import { visibleText } from "../../../core/check-run/visible-text.ts";
import type { Imported, ImportedKey, ImportedRunner } from "./imported.ts";

/** The text of a `.github/runner.yml`, with a comment beside each key that says where it comes from. */
export function render({ introduction, runners }: Imported): string {
  const head = introduction.map((line) => `# ${visibleText(line)}\n`).join("");
  return runners.length === 0 ? head : `${head}runners:\n${runners.map(renderRunner).join("")}`;
}

/** A value on one line, as YAML writes it. */
export function inYaml(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 }).trimEnd();
}

function renderRunner({ name, line, keys }: ImportedRunner): string {
  return `  ${inYaml(name)}: # line ${line}\n${keys.map(renderKey).join("")}`;
}

function renderKey({ key, value, comment }: ImportedKey): string {
  const beside = comment === undefined ? "" : ` # ${visibleText(comment)}`;
  return `    ${key}: ${inYaml(value)}${beside}\n`;
}
