import { answerCalls } from "./child-program.ts";
import { startSoakWorld } from "./soak-world.ts";
import type { SoakWorld, SoakWorldOptions } from "./soak-world.ts";

let world: SoakWorld | undefined;

function started(): SoakWorld {
  if (world === undefined) throw new Error("the world has not been started");
  return world;
}

// GitHub, AWS and the machines: they live on when Mayfly is killed.
answerCalls({
  async start(options: SoakWorldOptions) {
    world = await startSoakWorld(options);
    return world.place;
  },
  drive: () => started().drive(),
  look: () => started().look(),
  sample: () => started().sample(),
  account: () => started().account(),
});
