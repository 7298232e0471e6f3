import { createHash } from "node:crypto";

// @actions/workflow-parser imports its schema without the attribute that Jest's next major version demands.
export default {
  canInstrument: false,
  getCacheKey: (source, path, { configString }) =>
    createHash("sha256").update(["json-imports", configString, path, source].join("\0")).digest("hex"),
  process: (source) => ({ code: source.replaceAll(/( from "[^"]+\.json");/g, '$1 with { type: "json" };') }),
};
