import { expect, test } from "@jest/globals";
import { loadParser } from "../../../src/adapters/workflow-file/load-parser.ts";
test("x", async () => { expect(typeof (await loadParser()).parseWorkflow).toBe("function"); });
