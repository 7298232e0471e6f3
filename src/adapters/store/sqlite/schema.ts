/** Version of the tables below, kept in the file itself; a file of a newer version is refused. */
export const schemaVersion = 1;

/**
 * Records are JSON with their version beside them; `entries` are all sparse indexes of all kinds of records. The
 * queue's messages lie in the same file, so that one file is everything that Mayfly remembers.
 */
export const schema = `
CREATE TABLE records (
  kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT;
CREATE TABLE entries (
  kind TEXT NOT NULL, name TEXT NOT NULL, partition TEXT NOT NULL, sort TEXT NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY (kind, name, partition, sort, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_of_record ON entries (kind, key);
CREATE TABLE slots (
  scope TEXT NOT NULL, runner TEXT NOT NULL, expires_at_ms REAL NOT NULL,
  PRIMARY KEY (scope, runner)
) STRICT, WITHOUT ROWID;
CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until_ms REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE cursors (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE rates (name TEXT PRIMARY KEY, full_at_ms REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, receives INTEGER NOT NULL, visible_at_ms REAL NOT NULL
) STRICT;
CREATE INDEX messages_due ON messages (visible_at_ms, id);
CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, reason TEXT NOT NULL, died_at_ms REAL NOT NULL
) STRICT;
PRAGMA user_version = ${schemaVersion};
`;
