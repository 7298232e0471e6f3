import { registerHooks } from "node:module";

export type WorkflowParser = typeof import("@actions/workflow-parser");

let loading: Promise<WorkflowParser> | undefined;

/**
 * GitHub's own workflow parser, loaded on first use (about 60 ms).
 *
 * The package imports its schema as JSON without an import attribute, which Node 22 and later refuse. A hook adds the
 * attribute and is taken away again. A bundle has the schema in it; Jest has a loader of its own, which needs no
 * attribute and refuses the hook.
 */
export function loadParser(): Promise<WorkflowParser> {
  loading ??= importParser();
  return loading;
}

async function importParser(): Promise<WorkflowParser> {
  const takeAway = addAttribute();
  try {
    return await import("@actions/workflow-parser");
  } finally {
    takeAway();
  }
}

function addAttribute(): () => void {
  try {
    const hooks = registerHooks({
      load: (url, context, next) => {
        const isSchema = url.endsWith(".json") && url.includes("/@actions/workflow-parser/");
        return next(url, isSchema ? { ...context, importAttributes: { type: "json" } } : context);
      },
    });
    return () => {
      hooks.deregister();
    };
  } catch {
    return () => undefined; // no hooks here: if they were needed, the import itself will say so
  }
}
