import { z } from "zod";
import { engineArch, type Arch } from "./arch.ts";
import type { Engine } from "./engine.ts";
import type { Revision } from "./revision.ts";

const inspected = z.tuple([
  z.object({ Architecture: z.string(), Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }) }),
]);

/** When the image called `name` was built; undefined when the engine has none. Rejects when it is another image. */
export async function localImageCreatedAt(
  name: string,
  revision: Revision,
  arch: Arch,
  engine: Engine,
): Promise<string | undefined> {
  const output = await engine.ask(["image", "inspect", name]);
  if (output === undefined) return undefined;
  const [image] = inspected.parse(JSON.parse(output));
  const labels = image.Config.Labels ?? {};
  const wanted = `${engineArch(arch)} of ${revision.commit}`;
  const found = `${image.Architecture} of ${labels["org.opencontainers.image.revision"] ?? "no commit"}`;
  if (found !== wanted) throw new Error(`${name} is ${found}, not ${wanted}: build it again with npm run image:build`);
  return labels["org.opencontainers.image.created"];
}
