import { beforeAll, describe } from "@jest/globals";
import { deployedParts } from "./deployed-parts.ts";
import { observability } from "./observability.ts";
import { securityRules } from "./security-rules.ts";
import { packageAll } from "./variants.ts";
import type { Packaged } from "../../../scripts/check-template/packaged.ts";
import type { Variant } from "../../../scripts/check-template/variants.ts";

// Packaging takes seconds, so it is done once for all that is to be known of it.
let all: Record<Variant, Packaged>;

beforeAll(async () => {
  all = await packageAll();
});

describe("security", () => securityRules(() => all));
describe("parts", () => deployedParts(() => all));
describe("observability", () => observability(() => all));
