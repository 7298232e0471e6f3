/** Architectures of a Lambda function that the image is built for. */
export const arches = ["x86_64", "arm64"] as const;
export type Arch = (typeof arches)[number];

/** What a container engine calls the architecture (`GOARCH`). */
export function engineArch(arch: Arch): "amd64" | "arm64" {
  return arch === "arm64" ? "arm64" : "amd64";
}
