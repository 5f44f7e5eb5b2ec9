import type { AppendResult, Condition, StreamName } from '@tidemark/core';
import { findReceipt } from './command-receipts.ts';
import type { EncodedRequest } from './event-encoding.ts';
import type { EventFile } from './event-file.ts';
import { findFirstMatch } from './event-queries.ts';
import { checksumOf, type EventRow } from './event-rows.ts';
import type { SqliteValue } from './open-sqlite.ts';
import { createPostingSweep } from './posting-sweep.ts';
import { keyOfStream, keyOfTag } from './posting-tail.ts';
import { prepareInsert } from './rows.ts';
import type { StreamHead } from './stream-heads.ts';
import { inTransaction } from './transactions.ts';

const INSERT_EVENT =
  'INSERT INTO events (pos, stream, revision, type, schema, id, recorded_ms, data, meta, crc)';
/** Some 2.5 us a row instead of 3.1 one by one; more of them save little more. */
const ROWS_TOGETHER = { columns: 10, together: 10 };
const BEGUN = 'UPDATE progress SET has_begun = 1';

/** Commits batches over one connection. What is stored is added to `stored`, in the order of the log, where that is given. */
export type EventWriter = (
  batch: readonly EncodedRequest[],
  stored?: EventRow[],
) => readonly AppendResult[];

/**
 * Prepares the writing statements. All of a batch is one transaction and one sync. A batch that fails is
 * rolled back, and everything remembered with it.
 */
export function createEventWriter(file: EventFile, now: () => number): EventWriter {
  const { database, known, rows } = file;
  const sweep = createPostingSweep(database, known.tail);
  const append = createAppend(file);
  const noteBeginning = database.prepare(BEGUN);
  let generation = known.generation();

  const refresh = () => {
    known.refresh();
    if (known.generation() === generation) return;
    generation = known.generation();
    sweep.restart(known.head(), rows.postingsCompleteTo());
  };
  return (batch, stored) => {
    try {
      const results = inTransaction(
        database,
        () => {
          refresh();
          const before = known.head();
          // Read behind the lock, and never less than the event before, though clocks be set back.
          const recordedMs = Math.max(now(), known.headMs());
          const newest = lookUp(file, batch);
          const answers = batch.map(
            (encoded) =>
              truthInstead(file, encoded, newest) ?? append(encoded, { recordedMs, stored }),
          );
          if (before === 0 && known.head() > 0) noteBeginning.run();
          sweep.write(known.head());
          return answers;
        },
        { meanwhile: known.refresh },
      );
      sweep.settle();
      return results;
    } catch (error) {
      known.reset();
      throw error;
    }
  };
}

/** The newest position at which a key stands, also of events of this batch; 0 for none. */
type Newest = (key: number) => number;

/**
 * Looks up, with one question for the batch, the heads of streams that are not in memory, and where command ids and
 * the tags of conditions stand: mostly nowhere, or not so late that it matters.
 */
function lookUp({ known, postings, streams }: EventFile, batch: readonly EncodedRequest[]): Newest {
  const unknown = new Map<string, number>();
  const keys: number[] = [];
  const need = (stream: string) => {
    if (known.heads.get(stream) !== undefined || unknown.has(stream)) return;
    const key = keyOfStream(stream);
    unknown.set(stream, key);
    keys.push(key);
  };
  for (const { request, events, commandKey } of batch) {
    if (commandKey !== undefined) keys.push(commandKey);
    for (const condition of request.conditions) {
      if ('stream' in condition) need(condition.stream);
      else for (const { tags = [] } of condition.nothingMatches) keys.push(...tags.map(keyOfTag));
    }
    for (const { stream } of events) need(stream);
  }
  const newest = postings.newestInFile(keys);
  streams.learnHeads(unknown, newest);
  return (key) => known.tail.of(key).at(-1) ?? newest.get(key) ?? 0;
}

/** The answer to a request that is not to be stored: command id first, then the conditions. */
function truthInstead(
  file: EventFile,
  { request, commandKey }: EncodedRequest,
  newest: Newest,
): AppendResult | undefined {
  const { commandId } = request;
  if (commandId !== undefined && commandKey !== undefined && newest(commandKey) > 0) {
    const first = findReceipt(file, commandId);
    if (first !== undefined) return { kind: 'duplicate', first };
  }
  for (const condition of request.conditions) {
    const actual = truthAgainst(file, condition, newest);
    if (actual !== undefined) return { kind: 'conflict', condition, actual };
  }
  return undefined;
}

/** Stores a request's events behind the head. */
function createAppend({
  database,
  known,
  streams,
}: EventFile): (
  encoded: EncodedRequest,
  at: { readonly recordedMs: number; readonly stored: EventRow[] | undefined },
) => AppendResult {
  const insert = prepareInsert(database, INSERT_EVENT, ROWS_TOGETHER);

  return ({ request, events, commandKey }, { recordedMs, stored }) => {
    const revisions: Record<StreamName, number> = {};
    // Looked up before anything is added: what the index names must be in the table.
    const heads = events.map(({ stream }) => streams.head(stream));
    const values: SqliteValue[] = [];
    let pos = known.head();
    if (commandKey !== undefined) known.tail.add(commandKey, pos + 1);
    for (const [place, { stream, type, schema, id, data, meta, tagKeys }] of events.entries()) {
      const head = heads[place] as StreamHead;
      head.last += 1;
      pos += 1;
      const { last } = head;
      const row: EventRow = [pos, stream, last, type, schema, id, recordedMs, data, meta];
      const crc = checksumOf(row);
      values.push(pos, stream, last, type, schema, id, recordedMs, data, meta, crc);
      stored?.push(row);
      known.tail.add(head.key, pos);
      for (const key of tagKeys) known.tail.add(key, pos);
      revisions[stream] = last;
    }
    insert(values);
    known.moveTo(pos, recordedMs);
    const receipt = { kind: 'appended', position: BigInt(pos), revisions } as const;
    const { fingerprint } = request;
    return fingerprint === undefined ? receipt : { fingerprint, ...receipt };
  };
}

/** What is true instead of a condition; `undefined` when it holds. */
function truthAgainst(
  file: EventFile,
  condition: Condition,
  newest: Newest,
): number | 'none' | bigint | undefined {
  if (!('stream' in condition)) {
    const after = Number(condition.after);
    const isLate = (tag: string) => newest(keyOfTag(tag)) > after;
    // An event matches with all tags of an alternative, so one tag that stands nowhere behind `after` rules it out.
    const query = condition.nothingMatches.filter(({ tags = [] }) => tags.every(isLate));
    if (query.length === 0) return undefined;
    const found = findFirstMatch(file, { query, after, end: file.known.head() });
    return found === undefined ? undefined : BigInt(found);
  }
  const { last } = file.streams.head(condition.stream);
  const actual = last < 0 ? 'none' : last;
  const holds = condition.revision === 'some' ? actual !== 'none' : actual === condition.revision;
  return holds ? undefined : actual;
}
