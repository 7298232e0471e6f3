import { describe, expect, test } from "@jest/globals";
import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Probot } from "probot";
import { probotApp } from "../../src/entrypoints/probot-app.ts";
import { textOf } from "./repository.ts";

const document = parseDocument(textOf("app.yml"));
const manifest = document.toJS() as {
  readonly default_permissions: Record<string, string>;
  readonly default_events: readonly string[];
  readonly public: boolean;
};

/** Each entry of a section with the comment above it. The parser gives the first one's to the section itself. */
function comments(section: string): [name: string, comment: string][] {
  const node = document.get(section, true);
  if (isMap(node)) {
    return node.items.map(({ key }, index) => {
      if (!isScalar(key)) throw new Error("a key is no text");
      return [String(key.value), (index === 0 ? node.commentBefore : key.commentBefore) ?? ""];
    });
  }
  if (!isSeq(node)) throw new Error(`app.yml has no ${section}`);
  return node.items.map((item, index) => {
    if (!isScalar(item)) throw new Error("an entry is no text");
    return [String(item.value), (index === 0 ? node.commentBefore : item.commentBefore) ?? ""];
  });
}

describe("app.yml", () => {
  test("asks for the final permissions and events at once, and stays private", () => {
    expect(manifest.default_permissions).toEqual({
      administration: "write",
      actions: "write",
      checks: "write",
      contents: "read",
      pull_requests: "read",
      metadata: "read",
    });
    expect(manifest.default_events.toSorted()).toEqual([
      "check_run",
      "check_suite",
      "pull_request",
      "push",
      "workflow_job",
      "workflow_run",
    ]);
    expect(manifest.public).toBe(false);
  });

  test.each([...comments("default_permissions"), ...comments("default_events")])(
    "%s: a reason, and what is lost without it",
    (_, comment) => {
      const [reason = "", loss = ""] = comment.split("Without");
      expect(reason.trim().length).toBeGreaterThan(20);
      expect(loss).toMatch(/^[a-z ]*: ?\S/);
    },
  );

  test("documents the organisation's variant", () => {
    const [, administration] = comments("default_permissions")[0] ?? [];
    expect(administration).toContain("organization_self_hosted_runners: write");
  });

  test("subscribes to every event that the App acts on", () => {
    const handled: string[] = [];
    const probot = { on: (event: string) => handled.push(event) } as unknown as Probot;
    const options = {} as Parameters<ReturnType<typeof probotApp>>[1];
    probotApp({ onWebhook: () => Promise.reject(new Error("not called")) })(probot, options);
    expect(handled.length).toBeGreaterThan(0);
    expect(manifest.default_events).toEqual(expect.arrayContaining(handled));
  });
});
