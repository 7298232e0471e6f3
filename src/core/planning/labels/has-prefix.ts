/** True when a label, in lower case, begins with the prefix as a whole word: `mayfly`, `mayfly/…`. */
export function hasPrefix(label: string, prefix: string): boolean {
  return label === prefix || label.startsWith(`${prefix}/`);
}
