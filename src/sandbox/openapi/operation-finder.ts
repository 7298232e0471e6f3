import { type Description, type OperationDescription, type Parameter, resolve } from "./description.ts";

export type FoundOperation = {
  /** For example `checks/create`. */
  readonly id: string;
  /** The template, for example `/repos/{owner}/{repo}/check-runs`. */
  readonly path: string;
  /** Values of the template's parameters, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
};

type Route = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
};

/** Finds the operation of a method and a path (without query and without the `/api/v3` of GitHub Enterprise Server). */
export function operationFinder(
  description: Description,
): (method: string, pathname: string) => FoundOperation | undefined {
  const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => route(description, method, path, operation)),
  );
  // A template with fewer parameters is the more exact one
  routes.sort((a, b) => a.names.length - b.names.length);
  return (method, pathname) => {
    for (const { id, method: wanted, path, pattern, names } of routes) {
      if (wanted !== method.toLowerCase()) continue;
      const match = pattern.exec(pathname);
      if (match === null) continue;
      const values = match.slice(1).map(decoded);
      return { id, path, parameters: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""])) };
    }
    return undefined;
  };
}

function route(description: Description, method: string, path: string, operation: OperationDescription): Route {
  const parameters = (operation.parameters ?? []).map((item) => resolve<Parameter>(description, item));
  const names: string[] = [];
  const source = path
    .split(/(\{[^}]+\})/)
    .map((part) => {
      if (!part.startsWith("{")) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
      const name = part.slice(1, -1);
      names.push(name);
      const deep = parameters.find((parameter) => parameter.name === name)?.["x-multi-segment"] === true;
      return deep ? "(.+)" : "([^/]+)";
    })
    .join("");
  return { id: operation.operationId, method, path, pattern: new RegExp(`^${source}$`), names };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a broken escape is the caller's mistake: leave it visible
  }
}
