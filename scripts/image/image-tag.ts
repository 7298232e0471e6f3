import { arches, type Arch } from "./arch.ts";
import type { Revision } from "./revision.ts";

/**
 * The tag of an image: its commit and its architecture, because one tag names one image and an image has one
 * architecture. `-dirty` marks one whose files are nowhere committed; it never leaves the machine.
 */
export function imageTag(revision: Revision, arch: Arch): string {
  return `${revision.commit}-${arch}${revision.changed.length === 0 ? "" : "-dirty"}`;
}

/** The architecture that a tag names; undefined when it is no tag of ours, or a dirty one. */
export function archOfTag(tag: string): Arch | undefined {
  return arches.find((arch) => new RegExp(`^[0-9a-f]{12}-${arch}$`).test(tag));
}
