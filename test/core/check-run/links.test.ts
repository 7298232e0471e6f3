import { expect, test } from "@jest/globals";
import { consoleEncode, logStreamUrl, logTailCommand } from "../../../src/core/check-run/links.ts";

// Taken from links that the console made.
test.each([
  ["/aws/lambda/x", "$252Faws$252Flambda$252Fx"],
  ["2026/11/22/[$LATEST]ab", "2026$252F11$252F22$252F$255B$2524LATEST$255Dab"],
])("consoleEncode(%s)", (text, encoded) => {
  expect(consoleEncode(text)).toBe(encoded);
});

test("a stream's link has group, stream and time window", () => {
  const url = logStreamUrl({
    region: "eu-central-1",
    group: "/aws/lambda/x",
    stream: "2026/11/22/[$LATEST]ab",
    startMs: 1_000_000.5,
    endMs: 2_000_000.5,
  });
  expect(url).toBe(
    "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1" +
      "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fx" +
      "/log-events/2026$252F11$252F22$252F$255B$2524LATEST$255Dab$3Fstart$3D1000000$26end$3D2000001",
  );
});

test.each([
  ["us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"],
  ["cn-north-1", "https://cn-north-1.console.amazonaws.cn/"],
])("partition of %s", (region, start) => {
  expect(logStreamUrl({ region, group: "g", stream: "s", startMs: 0, endMs: 1 })).toMatch(start);
});

test("the command quotes the stream, whose name has a dollar and brackets", () => {
  expect(logTailCommand("eu-central-1", "/aws/lambda/x", "a/[$LATEST]b")).toBe(
    "aws logs tail '/aws/lambda/x' --log-stream-names 'a/[$LATEST]b' --since 14d --region eu-central-1",
  );
});
