import { z } from "zod";
import { structured } from "./structured.ts";

const name = z.string().regex(/^[\w.-]{1,100}$/, "is no name");

/** Functions beside the one of this stack. By ARN: the worker's role names them, and the region stands in it. */
export const otherFunctions = structured(
  z.array(
    z.strictObject({
      functionName: z
        .string()
        .regex(/^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+$/, "is no ARN of a function"),
      memoryMb: z.int().min(128).max(10_240),
      arch: z.enum(["x86_64", "arm64"]),
      image: name.optional(),
      subnets: name.optional(),
    }),
  ),
);

export type OtherFunction = z.infer<typeof otherFunctions>[number];
