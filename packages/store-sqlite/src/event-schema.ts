import { Fault } from '@tidemark/core';
import type { SqliteDatabase } from './open-sqlite.ts';
import { valuesOf } from './rows.ts';
import { inTransaction } from './transactions.ts';

const FORMAT = 3;

/**
 * The rowid of an event is its position. `meta` holds the cause, the tags and, with the first event of a command, its
 * receipt. `postings` finds positions by hashes of stream names, tags and command ids; it can be made anew from the
 * events, and for the newest of them it is held in memory. The table of events has no other index: one by stream and
 * revision would change a page for each event, and the writer knows the last revision of every stream that it writes.
 * `has_begun` tells a log that has lost all its events from one that never had any.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS format (part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    pos INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    type TEXT NOT NULL,
    schema INTEGER NOT NULL,
    id TEXT NOT NULL,
    recorded_ms INTEGER NOT NULL,
    data TEXT NOT NULL,
    meta TEXT NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS postings (
    key INTEGER NOT NULL,
    pos INTEGER NOT NULL,
    PRIMARY KEY (key, pos)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS progress (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    postings_complete_to INTEGER NOT NULL,
    has_begun INTEGER NOT NULL
  ) STRICT;
  INSERT OR IGNORE INTO progress (one, postings_complete_to, has_begun) VALUES (1, 0, 0);
`;
const STAMP = `INSERT OR IGNORE INTO format (part, version) VALUES ('events', ?)`;
const STAMPED = `SELECT version FROM format WHERE part = 'events'`;

/** Creates what is missing. @throws CONFIGURATION_INVALID when a newer Tidemark has written the file. */
export function prepareEventTables(database: SqliteDatabase): void {
  inTransaction(database, () => {
    database.exec(TABLES);
    database.prepare(STAMP).run(FORMAT);
    const [version] = valuesOf(database.prepare(STAMPED).get());
    if (version === FORMAT) return;
    throw new Fault(
      'CONFIGURATION_INVALID',
      `the file has format ${version}, this program knows ${FORMAT}`,
    );
  });
}
