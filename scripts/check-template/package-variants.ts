import { packageService } from "./package-template.ts";
import type { Packaging } from "./package-template.ts";
import type { Packaged } from "./packaged.ts";
import { switches, variants } from "./variants.ts";

/** As many at a time as there are cores on a small machine. */
const atOnce = 2;

/** Every way to deploy that differs, packaged. */
export async function packageVariants(): Promise<Readonly<Record<string, Packaged>>> {
  const all: readonly (readonly [string, Packaging])[] = Object.entries({ ...variants, ...switches });
  const waiting = all.values();
  const made = new Map<string, Packaged>();
  const next = async (): Promise<void> => {
    for (const [name, packaging] of waiting) made.set(name, await packageService(packaging));
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  return Object.fromEntries(all.flatMap(([name]) => [...made].filter(([other]) => other === name)));
}
