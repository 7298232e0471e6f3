import { expect, test } from "@jest/globals";
import { regionOfZone } from "../../../src/core/model/region-of-zone.ts";

test.each([
  ["us-east-1a", "us-east-1"],
  ["eu-central-1c", "eu-central-1"],
  ["ap-southeast-2b", "ap-southeast-2"],
  ["us-gov-west-1a", "us-gov-west-1"],
  ["cn-northwest-1a", "cn-northwest-1"],
  ["us-isob-east-1a", "us-isob-east-1"],
  ["eusc-de-east-1a", "eusc-de-east-1"],
  // local zones
  ["us-west-2-lax-1a", "us-west-2"],
  ["us-east-1-bos-1b", "us-east-1"],
  // no names of zones
  ["us-east-1", undefined],
  ["use1-az1", undefined],
  ["us-east-1ab", undefined],
  [" us-east-1a", undefined],
  ["", undefined],
])("%j is in %j", (zone, region) => {
  expect(regionOfZone(zone)).toBe(region);
});
