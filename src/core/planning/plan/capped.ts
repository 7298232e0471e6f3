/** A default is never above what the operator allows. */
export function capped(value: number, most: number | undefined): number {
  return most === undefined ? value : Math.min(value, most);
}
