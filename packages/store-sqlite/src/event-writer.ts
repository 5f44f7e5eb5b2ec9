import type { AppendResult, Condition, StreamName } from '@tidemark/core';
import { findReceipt } from './command-receipts.ts';
import type { EncodedRequest } from './event-encoding.ts';
import { findFirstMatch, type LogSource } from './event-queries.ts';
import { checksumOf } from './event-rows.ts';
import { createEventRowsReader, type StreamHead } from './event-rows-reader.ts';
import type { LogKnowledge } from './log-knowledge.ts';
import { inTransaction, type SqliteDatabase } from './open-sqlite.ts';
import { createPostingSweep } from './posting-sweep.ts';
import { createPostings } from './postings.ts';
import { prepareTuples } from './rows.ts';

const DATA_VERSION = 'PRAGMA data_version';
const INSERT_STREAM = 'INSERT INTO streams (name) VALUES (?)';
const INSERT_EVENT = `
  INSERT INTO events (pos, sid, revision, type, schema, id, recorded_ms, data, meta, crc)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Commits batches over one connection. */
export type EventWriter = (
  batch: readonly EncodedRequest[],
  recordedMs: number,
) => readonly AppendResult[];

/** The file and what is known of it, inside the writer's transaction. */
interface Writing extends LogSource {
  readonly database: SqliteDatabase;
  readonly known: LogKnowledge;
}

/**
 * Prepares the writing statements. All of a batch is one transaction and one sync. A batch that fails is
 * rolled back, and everything remembered with it.
 */
export function createEventWriter(database: SqliteDatabase, known: LogKnowledge): EventWriter {
  const rows = createEventRowsReader(database);
  const postings = createPostings(database, known.tail);
  const writing = { database, known, rows, postings, knownTo: known.head };
  const sweep = createPostingSweep(database, known.tail);
  const dataVersion = prepareTuples<[number]>(database, DATA_VERSION);
  const append = createAppend(writing);
  let knownVersion: number | undefined;

  const refresh = () => {
    const version = dataVersion.first()?.[0];
    if (version === knownVersion) return;
    if (known.catchUp(rows) || knownVersion === undefined) sweep.restart(known.head());
    knownVersion = version;
  };
  return (batch, recordedMs) => {
    try {
      const results = inTransaction(database, () => {
        refresh();
        const isNew = createIsNew(writing, batch);
        const answers = batch.map(
          (encoded) => truthInstead(writing, encoded, isNew) ?? append(encoded, recordedMs),
        );
        sweep.write(known.head());
        return answers;
      });
      sweep.settle();
      return results;
    } catch (error) {
      known.reset();
      knownVersion = undefined;
      throw error;
    }
  };
}

type IsNew = (commandKey: number) => boolean;

/** Tells the many command ids that are new from those that have to be looked for, with one question for the batch. */
function createIsNew({ known, postings }: Writing, batch: readonly EncodedRequest[]): IsNew {
  const keys = batch.flatMap(({ commandKey }) => (commandKey === undefined ? [] : [commandKey]));
  const inFile = postings.inFile(keys);
  return (key) => !inFile.has(key) && known.tail.of(key).length === 0;
}

/** The answer to a request that is not to be stored: command id first, then the conditions. */
function truthInstead(
  writing: Writing,
  { request, commandKey }: EncodedRequest,
  isNew: IsNew,
): AppendResult | undefined {
  if (request.commandId !== undefined && commandKey !== undefined && !isNew(commandKey)) {
    const first = findReceipt(writing, request.commandId);
    if (first !== undefined) return { kind: 'duplicate', first };
  }
  for (const condition of request.conditions) {
    const actual = truthAgainst(writing, condition);
    if (actual !== undefined) return { kind: 'conflict', condition, actual };
  }
  return undefined;
}

/** Stores a request's events behind the head. */
function createAppend(
  writing: Writing,
): (encoded: EncodedRequest, recordedMs: number) => AppendResult {
  const { database, known } = writing;
  const insertEvent = database.prepare(INSERT_EVENT);
  const insertStream = database.prepare(INSERT_STREAM);
  const create = (stream: string): StreamHead => {
    const head = { sid: Number(insertStream.run(stream).lastInsertRowid), last: -1 };
    known.heads.set(stream, head);
    return head;
  };

  return ({ request, events, commandKey }, recordedMs) => {
    const revisions: Record<StreamName, number> = {};
    let pos = known.head();
    if (commandKey !== undefined) known.tail.add(commandKey, pos + 1);
    for (const { stream, type, schema, id, data, meta, tagKeys } of events) {
      const head = findHead(writing, stream) ?? create(stream);
      head.last += 1;
      pos += 1;
      const { sid, last } = head;
      const crc = checksumOf([pos, stream, last, type, schema, id, recordedMs, data, meta, 0]);
      insertEvent.run(pos, sid, last, type, schema, id, recordedMs, data, meta, crc);
      for (const key of tagKeys) known.tail.add(key, pos);
      revisions[stream] = last;
    }
    known.moveTo(pos);
    const receipt = { kind: 'appended', position: BigInt(pos), revisions } as const;
    const { fingerprint } = request;
    return fingerprint === undefined ? receipt : { ...receipt, fingerprint };
  };
}

/** What is true instead of a condition; `undefined` when it holds. */
function truthAgainst(
  writing: Writing,
  condition: Condition,
): number | 'none' | bigint | undefined {
  if (!('stream' in condition)) {
    const { nothingMatches: query, after } = condition;
    const wanted = { query, after: Number(after), end: writing.known.head() };
    const found = findFirstMatch(writing, wanted);
    return found === undefined ? undefined : BigInt(found);
  }
  const last = findHead(writing, condition.stream)?.last ?? -1;
  const actual = last < 0 ? 'none' : last;
  const holds = condition.revision === 'some' ? actual !== 'none' : actual === condition.revision;
  return holds ? undefined : actual;
}

function findHead({ known, rows }: Writing, stream: string): StreamHead | undefined {
  const cached = known.heads.get(stream);
  if (cached !== undefined) return cached;
  const stored = rows.streamHead(stream);
  if (stored !== undefined) known.heads.set(stream, stored);
  return stored;
}
