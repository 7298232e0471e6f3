import type { Core } from "../core.ts";
import type { Repository } from "../model/repository.ts";
import { mayBeOurs, readLabels } from "../planning/labels.ts";
import { readRepositoryConfig } from "./repository-config.ts";

/**
 * True when a job with these labels is Mayfly's to serve or to refuse. The repository's file is read only when no label
 * has the prefix and one is `self-hosted`: its runners may have that label set.
 */
export async function isOurs(core: Core, repository: Repository, labels: readonly string[]): Promise<boolean> {
  const { labelPrefix } = core.settings;
  if (!mayBeOurs(labels, labelPrefix)) return false;
  const { labelOverrides } = core.policy;
  if (readLabels(labels, labelPrefix, { runners: new Map(), labelOverrides }).kind !== "not-ours") return true;
  const { config } = await readRepositoryConfig(core, repository);
  return readLabels(labels, labelPrefix, { runners: config.runners, labelOverrides }).kind !== "not-ours";
}
