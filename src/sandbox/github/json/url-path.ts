/**
 * A path of a repository, or a branch and one, as GitHub writes it into an address: each part percent-encoded, so that
 * no name can end the path (`?`, `#`) or break the address. Never throws: half a character becomes U+FFFD.
 */
export function urlPath(path: string): string {
  return path
    .toWellFormed()
    .split("/")
    .map((part) => encodeURIComponent(part))
    .join("/");
}
