/**
 * A shell script without its comments, indentation and empty lines, because EC2 takes 16 KB of user data only. Meant
 * for scripts without here-documents and without quoted text that goes over several lines.
 */
export function compactScript(script: string): string {
  const [first = "", ...rest] = script.split("\n");
  const lines = rest.map((line) => line.trimStart()).filter((line) => line !== "" && !line.startsWith("#"));
  return [first, ...lines, ""].join("\n");
}
