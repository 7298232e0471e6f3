import { CallError } from "../errors/call-error.ts";
import type { TableRules } from "./tables.ts";

/** The schema that this version of Mayfly writes. */
export function schemaOf({ upgrades }: Pick<TableRules<never>, "upgrades">): number {
  return upgrades.length + 1;
}

/**
 * A record as this version knows it, from what the database has: records outlive deployments, so older ones are brought
 * up to date. One that a newer version has written is left to it: throws a `CallError` of kind `unavailable`, so that its
 * message comes back until the deployment, or its rollback, is through.
 */
export function openRecord<T>({ kind, upgrades }: Pick<TableRules<T>, "kind" | "upgrades">, stored: unknown): T {
  const { schema } = stored as { readonly schema: number };
  if (schema > schemaOf({ upgrades })) {
    const message = `a ${kind} of schema ${schema}, which only a newer version of Mayfly can read`;
    throw new CallError({ service: "store", operation: "read", kind: "unavailable", message });
  }
  return upgrades.slice(schema - 1).reduce((record, upgrade) => upgrade(record), stored) as T;
}
