import { shortDetail } from "./short-detail.ts";
import type { Need } from "./workflow-facts.ts";

const sentences: Readonly<Record<Need["kind"], (detail: string) => string>> = {
  container: (detail) => `needs Docker: ${detail}`,
  services: (detail) => `needs Docker: ${detail}`,
  docker: (detail) => `needs Docker: ${detail}`,
  sudo: (detail) => `needs root: ${detail}`,
  "package-manager": (detail) => `installs what Lambda's read-only system has no place for: ${detail}`,
  browser: (detail) => `needs a browser: ${detail}`,
  environment: (detail) => `deploys: ${detail}`,
  "unknown-action": (detail) => `uses ${detail}, which is not known to work on Lambda`,
  unknown: (detail) => `runs what is not known to work on Lambda: ${detail}`,
};

/** A need as the end of a sentence that begins with its job: ``needs Docker: `services: postgres` ``. */
export function describeNeed({ kind, detail }: Need): string {
  return sentences[kind](`\`${shortDetail(detail)}\``);
}
