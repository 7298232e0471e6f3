import type { Packaged } from "../packaged.ts";
import { statementsOf } from "../statements.ts";
import type { FoundStatement } from "../statements.ts";

/** What must hold of every packaged template. */
export type SecurityRule = {
  /** Says what holds. */
  readonly name: string;
  /** Where it does not: each names the resource, and the statement when it is one's fault. */
  readonly problems: (one: Packaged) => readonly string[];
};

/** Of an element that is one value or a list. */
export function listOf<One>(value: One | readonly One[] | undefined): readonly One[] {
  return value === undefined ? [] : ([value].flat() as readonly One[]);
}

/** `ROLE SID` */
export function nameOf({ id, statement }: FoundStatement): string {
  return `${id} ${statement.Sid ?? "(a statement without a Sid)"}`;
}

/** Every statement that allows something. */
export function allowedBy(one: Packaged): FoundStatement[] {
  return statementsOf(one.template, one.place).filter(({ statement }) => statement.Effect === "Allow");
}
