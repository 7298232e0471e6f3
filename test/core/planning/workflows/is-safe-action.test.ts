import { expect, test } from "@jest/globals";
import { isSafeAction } from "../../../../src/core/planning/workflows/is-safe-action.ts";
import { safeActions } from "../../../../src/core/planning/workflows/safe-actions.ts";

test.each<[string, readonly string[], boolean]>([
  ["actions/checkout@v4", [], true],
  ["Actions/Checkout@V4", [], true],
  ["actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", [], true],
  ["actions/cache/restore@v4", [], true],
  ["actions/cache/other@v4", [], false],
  ["actions/setup-dotnet@v4", [], false],
  ["ruby/setup-ruby@v1", [], false],
  ["docker/build-push-action@v6", [], false],
  ["some/action@v1", [], false],
  ["some/action@v1", ["some/action"], true],
  ["Some/Action@v1", ["sOME/aCTION"], true],
  ["some/action/sub@v1", ["some/action"], false],
  ["some/action/sub@v1", ["some/action/sub"], true],
  ["some/action/sub@v1", ["some/*"], true],
  ["someone/action@v1", ["some/*"], false],
  ["some/action-two@v1", ["some/action"], false],
  ["./folder", [], false],
  ["./folder", ["./*", "./folder"], false],
  ["$/folder@v1", ["$/*"], false],
  ["docker://alpine", ["docker:/*"], false],
  ["actions", ["actions/*"], false],
  ["", ["/*", ""], false],
])("%s with %j: %s", (uses, patterns, expected) => {
  expect(isSafeAction(uses, patterns)).toBe(expected);
});

test("the table's names are as they are looked up, each with a reason", () => {
  for (const [name, reason] of safeActions) {
    expect(name).toMatch(/^[a-z0-9-]+\/[a-z0-9._-]+(?:\/[a-z0-9._-]+)*$/);
    expect(reason).not.toBe("");
  }
});
