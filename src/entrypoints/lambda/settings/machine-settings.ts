import * as z from "zod";
import { jsonSetting } from "./json-setting.ts";

const arch = z.enum(["x64", "arm64"]);
const region = z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d+$/, "is no region");
const wholeSeconds = z.int().positive();
const subnet = z.strictObject({ id: z.string().min(1), zone: z.string().min(1) });

const lambda = z.strictObject({
  functions: z
    .array(
      z.strictObject({
        functionName: z.string().min(1),
        memoryMb: z.int().min(128).max(10_240),
        arch,
        region: region.optional(),
        image: z.string().optional(),
        subnets: z.string().optional(),
      }),
    )
    .min(1),
  claimWithinSeconds: wholeSeconds.optional(),
  lifetimeSeconds: wholeSeconds.optional(),
});

const ec2 = z.strictObject({
  account: z.string().regex(/^\d{12}$/, "is no account of twelve digits"),
  regions: z.record(
    region,
    z.strictObject({
      launchTemplate: z.strictObject({ id: z.string().min(1), version: z.string().min(1) }),
      logGroup: z.string().min(1),
      imageId: z.string().optional(),
      arm64ImageId: z.string().optional(),
      subnets: z.array(subnet),
      certificates: z.array(z.string()).optional(),
    }),
  ),
  runnerUrl: z.string().optional(),
  runnerSha256: z.string().optional(),
  arm64RunnerUrl: z.string().optional(),
  arm64RunnerSha256: z.string().optional(),
  claimWithinSeconds: wholeSeconds.optional(),
  lifetimeSeconds: wholeSeconds.optional(),
  usualStartSeconds: wholeSeconds.optional(),
  pollSeconds: wholeSeconds.optional(),
  shipSeconds: wholeSeconds.optional(),
});

/** The functions whose invocations are runners. */
export type LambdaSettings = z.infer<typeof lambda>;

/** Where instances are launched, and of what. */
export type Ec2Settings = z.infer<typeof ec2>;

export const lambdaSetting = jsonSetting(lambda);
export const ec2Setting = jsonSetting(ec2);
