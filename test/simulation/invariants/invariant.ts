import type { Fact } from "../world/fact.ts";
import type { World } from "../world/world.ts";

/** What an invariant does with what happens: `on` each fact, `tick` after each step, `minute` each virtual minute, `end` when all is over. */
export type Watcher = {
  readonly on?: (fact: Fact) => void;
  readonly tick?: () => void;
  readonly minute?: () => void;
  readonly end?: () => void;
};

export type Invariant = {
  readonly name: string;
  readonly kind: "safety" | "liveness";
  /** What holding it proves. */
  readonly sentence: string;
  readonly watch: (world: World, violate: (what: string) => void) => Watcher;
};
