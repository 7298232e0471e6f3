import { expect, test } from "@jest/globals";
import { nearest } from "../../../src/core/planning/nearest.ts";

test.each<[string, string | undefined]>([
  ["spot", "spot"],
  ["SPOT", "spot"],
  ["sopt", "spot"], // two exchanged
  ["spt", "spot"], // one missing
  ["spoot", "spot"], // one more
  ["slot", "spot"], // another one
  ["pots", undefined], // too far for so short a word
  ["exeuction", "execution"],
  ["exceutoin", "execution"], // two edits
  ["exectn", undefined], // three
  ["executions", "execution"],
  ["", undefined],
  ["x".repeat(100_000), undefined],
])("%s: %s", (word, expected) => {
  expect(nearest(word, ["execution", "instance-types", "spot"])).toBe(expected);
});

test("the nearest one wins, the first of equals", () => {
  expect(nearest("build", ["built", "build2", "builds"])).toBe("built");
  expect(nearest("builds2", ["built", "build2"])).toBe("build2");
  expect(nearest("build", [])).toBeUndefined();
});
