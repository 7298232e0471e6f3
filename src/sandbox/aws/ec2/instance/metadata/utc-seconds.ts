/** A time as AWS's metadata writes it: UTC without fractions. */
export function utcSeconds(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
