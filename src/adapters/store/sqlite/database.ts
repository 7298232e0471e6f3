import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { types } from "node:util";
import { CallError } from "../../../core/errors/call-error.ts";
import { schema, schemaVersion } from "./schema.ts";

/** One SQLite file with Mayfly's tables, which several processes may have open at the same time. */
export type Database = {
  prepare(sql: string): StatementSync;
  /** Runs `act`, which must not wait for anything; an error of SQLite becomes a `CallError`. */
  read<T>(operation: string, act: () => T): T;
  /** The same in one write transaction: all of it happens or nothing, and no other process writes meanwhile. */
  write<T>(operation: string, act: () => T): T;
  close(): void;
};

/** Transactions are short; whoever waits longer than this for one meets something that is broken. */
const busyTimeoutMs = 5000;

/**
 * Opens the file, or makes it. What was written is on the disk when a call returns, and survives the process and the
 * machine. Throws an Error with a sentence when the file is no database of this version of Mayfly.
 */
export function openDatabase(file: string): Database {
  const connection = connect(file);
  const guarded = <T>(operation: string, act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw callError(operation, error);
    }
  };
  return {
    prepare: (sql) => connection.prepare(sql),
    read: guarded,
    write: (operation, act) => guarded(operation, () => inTransaction(connection, act)),
    close: () => connection.close(),
  };
}

function connect(file: string): DatabaseSync {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file, { timeout: busyTimeoutMs });
    connection.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    migrate(connection);
    return connection;
  } catch (error) {
    connection?.close();
    const reason = types.isNativeError(error) ? error.message : String(error);
    throw new Error(`${file} cannot be Mayfly's database: ${reason}`, { cause: error });
  }
}

/** Two processes may open a new file at the same time: one of them makes the tables. */
function migrate(connection: DatabaseSync): void {
  inTransaction(connection, () => {
    const version = Number(connection.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > schemaVersion) {
      throw new Error(`a newer version of Mayfly made it (schema ${version}, this one knows ${schemaVersion})`);
    }
    if (version === schemaVersion) return;
    if (connection.prepare("SELECT 1 FROM sqlite_schema").get() !== undefined) {
      throw new Error("it holds tables of another program");
    }
    connection.exec(schema);
  });
}

/** The write lock is taken at once: a transaction that reads first and writes then could not wait for it. */
function inTransaction<T>(connection: DatabaseSync, act: () => T): T {
  connection.exec("BEGIN IMMEDIATE");
  try {
    const result = act();
    connection.exec("COMMIT");
    return result;
  } catch (error) {
    // some errors of SQLite have ended the transaction already
    if (connection.isTransaction) connection.exec("ROLLBACK");
    throw error;
  }
}

/** What SQLite complains of may pass (locked, full, gone for a moment); any other error is a bug and stays as it is. */
function callError(operation: string, error: unknown): unknown {
  if (!types.isNativeError(error) || !("errstr" in error)) return error;
  const code = String(error.errstr);
  return new CallError({ service: "store", operation, kind: "unavailable", message: error.message, code });
}
