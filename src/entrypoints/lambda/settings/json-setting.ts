import * as z from "zod";

/** Reads a variable that holds JSON of this shape; what is wrong is told with the place in it. */
export function jsonSetting<T>(schema: z.ZodType<T>): (text: string) => T {
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new Error("is no JSON");
    }
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    const problems = read.error.issues.map(({ path, message }) => `${path.join(".") || "the value"}: ${message}`);
    throw new Error(problems.join("; "));
  };
}
