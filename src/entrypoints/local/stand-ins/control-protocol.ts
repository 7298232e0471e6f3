import type { World } from "./world.ts";

/**
 * The control channel: JSON lines on 127.0.0.1. The first line of each side is the greeting, then come calls and their
 * answers. Whoever was told `yours` has the world alone until the connection ends.
 */
export type Greeting = { readonly secret: string };
export type Welcome = { readonly world: "yours" | "taken" };

export type Call = { readonly id: number; readonly method: keyof World; readonly args: readonly unknown[] };
export type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });
