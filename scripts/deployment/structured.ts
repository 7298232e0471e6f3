import { z } from "zod";

/** A value of serverless.yml, or the same as JSON in a text, which is all that --param can say. */
export function structured<Shape extends z.ZodType>(shape: Shape): z.ZodPreprocess<Shape> {
  return z.preprocess((value, context) => {
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value);
    } catch (error) {
      context.addIssue(`is no JSON: ${error instanceof Error ? error.message : String(error)}`);
      return z.NEVER;
    }
  }, shape);
}
