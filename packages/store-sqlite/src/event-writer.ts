import type { AppendResult, Condition, Receipt, StreamName } from '@tidemark/core';
import { type CommandReceipts, createCommandReceipts } from './command-receipts.ts';
import type { EncodedEvent, EncodedRequest } from './event-encoding.ts';
import { createEventReads, type EventReads, type StreamHead } from './event-reads.ts';
import { checksumOf } from './event-rows.ts';
import { inTransaction, type SqliteDatabase } from './open-sqlite.ts';
import { prepareTuples } from './rows.ts';
import { createStreamHeads } from './stream-heads.ts';
import { createTagIndex } from './tag-index.ts';

const DATA_VERSION = 'PRAGMA data_version';
const INSERT_STREAM = 'INSERT INTO streams (name) VALUES (?)';
const INSERT_EVENT = `
  INSERT INTO events (pos, sid, revision, type, schema, id, recorded_ms, data, meta, crc)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const CACHED_STREAMS = 50_000;

/** Commits batches over one connection. */
export type EventWriter = (
  batch: readonly EncodedRequest[],
  recordedMs: number,
) => readonly AppendResult[];

/** What the writer knows of the log: true inside a transaction, after `refresh`. */
interface LogState {
  /** Forgets what another connection has made untrue since the last transaction. */
  readonly refresh: () => void;
  readonly forget: () => void;
  readonly head: () => number;
  /** The position after the head, which is now taken. */
  readonly take: () => number;
  readonly find: (stream: string) => StreamHead | undefined;
  readonly findOrCreate: (stream: string) => StreamHead;
}

/**
 * Prepares the writing statements. All of a batch is one transaction and one sync. A batch that fails is
 * rolled back, and everything remembered with it.
 */
export function createEventWriter(database: SqliteDatabase): EventWriter {
  const reads = createEventReads(database);
  const receipts = createCommandReceipts(database);
  const state = createLogState(database, reads);
  const append = createAppend(database, state);

  const commitOne = (encoded: EncodedRequest, recordedMs: number): AppendResult => {
    const { commandId, conditions } = encoded.request;
    const first = commandId === undefined ? undefined : receipts.find(commandId);
    if (first !== undefined) return { kind: 'duplicate', first };
    for (const condition of conditions) {
      const actual = truthAgainst(condition, state, reads);
      if (actual !== undefined) return { kind: 'conflict', condition, actual };
    }
    const revisions = append(encoded.events, recordedMs);
    return { kind: 'appended', ...remember(receipts, encoded, { head: state.head(), revisions }) };
  };

  return (batch, recordedMs) => {
    try {
      return inTransaction(database, () => {
        state.refresh();
        return batch.map((encoded) => commitOne(encoded, recordedMs));
      });
    } catch (error) {
      state.forget();
      throw error;
    }
  };
}

function createLogState(database: SqliteDatabase, reads: EventReads): LogState {
  const dataVersion = prepareTuples<[number]>(database, DATA_VERSION);
  const insertStream = database.prepare(INSERT_STREAM);
  const heads = createStreamHeads(CACHED_STREAMS);
  let knownVersion: number | undefined;
  let head = 0;

  const find = (stream: string) => {
    const cached = heads.get(stream);
    if (cached !== undefined) return cached;
    const stored = reads.streamHead(stream);
    if (stored !== undefined) heads.set(stream, stored);
    return stored;
  };
  return {
    refresh: () => {
      const version = dataVersion.first()?.[0];
      if (version === knownVersion) return;
      heads.clear();
      head = reads.head();
      knownVersion = version;
    },
    forget: () => {
      knownVersion = undefined;
    },
    head: () => head,
    take: () => {
      head += 1;
      return head;
    },
    find,
    findOrCreate: (stream) => {
      const found = find(stream);
      if (found !== undefined) return found;
      const created = { sid: Number(insertStream.run(stream).lastInsertRowid), last: -1 };
      heads.set(stream, created);
      return created;
    },
  };
}

type Append = (
  events: readonly EncodedEvent[],
  recordedMs: number,
) => Readonly<Record<StreamName, number>>;

function createAppend(database: SqliteDatabase, state: LogState): Append {
  const insertEvent = database.prepare(INSERT_EVENT);
  const tagIndex = createTagIndex(database);

  return (events, recordedMs) => {
    const revisions: Record<string, number> = {};
    for (const { stream, type, schema, id, data, meta, tags } of events) {
      const head = state.findOrCreate(stream);
      head.last += 1;
      const { sid, last } = head;
      const pos = state.take();
      const crc = checksumOf([pos, stream, last, type, schema, id, recordedMs, data, meta, 0]);
      insertEvent.run(pos, sid, last, type, schema, id, recordedMs, data, meta, crc);
      for (const tag of tags) tagIndex.add(tag, pos);
      revisions[stream] = last;
    }
    return revisions;
  };
}

/** What is true instead of a condition; `undefined` when it holds. */
function truthAgainst(
  condition: Condition,
  state: LogState,
  reads: EventReads,
): number | 'none' | bigint | undefined {
  if (!('stream' in condition)) {
    if (condition.after >= BigInt(state.head())) return undefined;
    return reads.firstMatch(condition.nothingMatches, condition.after);
  }
  const last = state.find(condition.stream)?.last ?? -1;
  const actual = last < 0 ? 'none' : last;
  const holds = condition.revision === 'some' ? actual !== 'none' : actual === condition.revision;
  return holds ? undefined : actual;
}

/** Stores the receipt of what was just written, where the request has a command id. */
function remember(
  receipts: CommandReceipts,
  { request, events }: EncodedRequest,
  written: { readonly head: number; readonly revisions: Receipt['revisions'] },
): Receipt {
  const { commandId: id, fingerprint } = request;
  const { head: lastPos, revisions } = written;
  if (id !== undefined) receipts.add({ id, lastPos, events: events.length, fingerprint });
  const receipt = { position: BigInt(lastPos), revisions };
  return fingerprint === undefined ? receipt : { ...receipt, fingerprint };
}
