import type { JsonObject } from "../../deployment/template.ts";
import type { Statement } from "../statements.ts";
import { evaluate } from "./evaluate.ts";
import type { Verdict } from "./evaluate.ts";
import type { Forbidden, Need, Request } from "./request.ts";

/** A need, and what IAM says to it. */
export type Asked = Need & { readonly verdict: Verdict };

/** A role's statements, all that it is for, and all that it must be denied. */
export type Judged = {
  readonly statements: readonly Statement[];
  readonly account: string;
  readonly needs: readonly Asked[];
  readonly forbidden: readonly Forbidden[];
};

/** A part of a statement, and the statement without it; undefined: nothing is left of it. */
type Part = { readonly name: string; readonly without: Statement | undefined; readonly action?: string };

/**
 * Parts of statements whose loss nobody would notice: no need becomes denied, and nothing that is forbidden becomes
 * allowed. Statements, actions, resources, conditions and their values, each told as `SID PART: …`.
 */
export async function superfluousParts(judged: Judged): Promise<string[]> {
  const problems: string[] = [];
  for (const [index, statement] of judged.statements.entries()) {
    const name = statement.Sid ?? `statement ${index}`;
    if (!(await isNoticed(judged, index, { name, without: undefined }))) {
      problems.push(`${name}: nothing needs this statement${others(judged, index)}`);
      continue;
    }
    for (const part of partsOf(statement)) {
      if (!(await isNoticed(judged, index, part))) problems.push(`${name} ${part.name}: nothing needs it`);
    }
  }
  return problems;
}

/** Why a statement that allows something is not needed all the same. */
function others({ needs, statements }: Judged, index: number): string {
  const twice = needs.find(({ verdict }) => verdict.by.includes(index));
  const other = twice?.verdict.by.find((one) => one !== index);
  return other === undefined ? "" : `, ${statements[other]?.Sid ?? `statement ${other}`} allows the same`;
}

async function isNoticed(judged: Judged, index: number, part: Part): Promise<boolean> {
  const { statements, account } = judged;
  const instead = part.without === undefined ? [] : [part.without];
  const left = statements.flatMap((statement, at) => (at === index ? instead : [statement]));
  const asked = depending(judged, index, part).map((request) => ({ request, rightful: true }));
  const barred = keptOut(judged, index, part).map((request) => ({ request, rightful: false }));
  for (const { request, rightful } of [...asked, ...barred]) {
    const { allowed } = await evaluate(left, request, account);
    if (allowed !== rightful) return true;
  }
  return false;
}

/** Needs that can be denied without the part: those that this statement alone allows, or that it could deny. */
function depending({ statements, needs }: Judged, index: number, { action }: Part): Request[] {
  const isDeny = statements[index]?.Effect === "Deny";
  const alone = ({ by }: Verdict): boolean => by.length === 1 && by[0] === index;
  return needs.filter((need) => (isDeny || alone(need.verdict)) && (action === undefined || action === need.action));
}

/** What can become allowed without the part: nothing without an action, or a statement that only allows. */
function keptOut({ statements, forbidden }: Judged, index: number, { without, action }: Part): readonly Request[] {
  const { Effect: effect, Action: actions = [] } = statements[index] ?? {};
  if (effect === "Deny") return forbidden;
  if (without === undefined || action !== undefined) return [];
  return forbidden.filter((request) => [actions].flat().includes(request.action));
}

function partsOf(statement: Statement): Part[] {
  return [
    ...each(statement, "Action", (action) => ({ action })),
    ...each(statement, "NotAction", () => ({})),
    ...each(statement, "Resource", () => ({})),
    ...conditionParts(statement),
  ];
}

function each(
  statement: Statement,
  key: "Action" | "NotAction" | "Resource",
  more: (value: string) => Partial<Part>,
): Part[] {
  const values: readonly string[] = [statement[key] ?? []].flat();
  if (values.length < 2) return [];
  return values.map((name) => ({
    name,
    without: { ...statement, [key]: values.filter((value) => value !== name) },
    ...more(name),
  }));
}

function conditionParts(statement: Statement): Part[] {
  const { Condition: condition = {}, ...bare } = statement;
  const withKeys = (operator: string, keys: JsonObject): Statement => {
    const { [operator]: _, ...rest } = condition;
    const left = Object.keys(keys).length === 0 ? rest : { ...rest, [operator]: keys };
    return Object.keys(left).length === 0 ? bare : { ...bare, Condition: left };
  };
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys as JsonObject).flatMap(([key, value]) => {
      const { [key]: _, ...rest } = keys as JsonObject;
      const values = Array.isArray(value) ? (value as readonly string[]) : [];
      return [
        { name: `${operator} ${key}`, without: withKeys(operator, rest) },
        ...(values.length < 2 ? [] : values).map((one) => ({
          name: `${operator} ${key} ${one}`,
          without: withKeys(operator, { ...rest, [key]: values.filter((other) => other !== one) }),
        })),
      ];
    }),
  );
}
