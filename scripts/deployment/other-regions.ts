import { z } from "zod";
import { structured } from "./structured.ts";
import { subnetList } from "./subnet-list.ts";

const image = z.string().regex(/^ami-[0-9a-f]+$/, "is no AMI");

/** Regions beside the stack's own, with what somebody has made there for EC2 runners. */
export const otherRegions = structured(
  z.record(
    z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d+$/, "is no region"),
    z.strictObject({
      launchTemplate: z.string().regex(/^lt-[0-9a-f]+$/, "is no launch template"),
      launchTemplateVersion: z.int().positive(),
      securityGroups: z.array(z.string().regex(/^sg-[0-9a-f]+$/, "is no security group")).min(1),
      vpcId: z.string().regex(/^vpc-[0-9a-f]+$/, "is no VPC"),
      subnets: subnetList.refine((subnets) => subnets.length > 0, "is empty"),
      imageId: image.optional(),
      arm64ImageId: image.optional(),
    }),
  ),
);

export type OtherRegions = z.infer<typeof otherRegions>;
