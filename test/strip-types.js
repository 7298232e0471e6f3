import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";

// Node's own type stripping as a Jest transform: positions stay the same, so no source map is needed.
export default {
  canInstrument: false,
  getCacheKey: (source, path, { configString }) =>
    createHash("sha256").update([process.version, configString, path, source].join("\0")).digest("hex"),
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: "strip" }) }),
};
