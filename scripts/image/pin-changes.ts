import type { RunnerPins } from "./runner-pins.ts";

/** What the newest release would change, a line each; empty when the pins are the newest release. */
export function pinChanges(pins: RunnerPins, newest: RunnerPins): string[] {
  const version =
    pins.version === newest.version
      ? []
      : [`runner ${pins.version} → ${newest.version}, published on ${newest.publishedOn}`];
  const archives = (["x64", "arm64"] as const).flatMap((arch) => {
    if (pins[arch].sha256 === newest[arch].sha256 && pins[arch].url === newest[arch].url) return [];
    const same = pins.version === newest.version ? " although the version is the same" : "";
    return [`${arch}: SHA-256 ${pins[arch].sha256} → ${newest[arch].sha256}${same}`];
  });
  return [...version, ...archives];
}
