import type { LogSource } from './event-queries.ts';
import { createEventRowsReader, type EventRowsReader } from './event-rows-reader.ts';
import { createLogKnowledge, type LogKnowledge } from './log-knowledge.ts';
import type { SqliteDatabase } from './open-sqlite.ts';
import { createPostings } from './postings.ts';
import { createStreams, type Streams } from './streams.ts';

/** A file's events over one connection, and what is known of them. */
export interface EventFile extends LogSource {
  readonly database: SqliteDatabase;
  readonly rows: EventRowsReader;
  readonly known: LogKnowledge;
  readonly streams: Streams;
}

/** Prepares the reads of a file whose tables are there. */
export function openEventFile(database: SqliteDatabase): EventFile {
  const rows = createEventRowsReader(database);
  const known = createLogKnowledge(rows);
  const postings = createPostings(database, known.tail);
  return { database, rows, known, postings, streams: createStreams(rows, postings, known) };
}
