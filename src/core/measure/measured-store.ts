import type { Metrics } from "../metrics.ts";
import { tables } from "../model/tables.ts";
import type { TableRules } from "../model/tables.ts";
import type { Store, Table } from "../store-port.ts";
import { measureJob } from "./measure-job.ts";
import { measureRunner } from "./measure-runner.ts";

/**
 * The same store, in which each change of a job or a runner is measured once: by whoever's conditional write made it.
 * For one message or request: it remembers what it has read.
 */
export function measuredStore(store: Store, metrics: Metrics): Store {
  return {
    ...store,
    jobs: measured(store.jobs, tables.jobs, (before, after) => measureJob(metrics, before, after)),
    runners: measured(store.runners, tables.runners, (before, after) => measureRunner(metrics, before, after)),
  };
}

function measured<T extends { readonly version: number }>(
  table: Table<T>,
  { keyOf }: Pick<TableRules<T>, "keyOf">,
  measure: (before: T | undefined, after: T) => void,
): Table<T> {
  const known = new Map<string, T>();
  const note = (record: T): T => {
    known.set(keyOf(record), record);
    return record;
  };
  return {
    async read(key) {
      const record = await table.read(key);
      return record && note(record);
    },
    async write(record) {
      const before = known.get(keyOf(record));
      if (!(await table.write(record))) return false;
      // What was not read here was made from a list: it is not known from what.
      if (record.version === 1) measure(undefined, record);
      else if (before?.version === record.version - 1) measure(before, record);
      note(record);
      return true;
    },
    async list(query) {
      return (await table.list(query)).map(note);
    },
  };
}
