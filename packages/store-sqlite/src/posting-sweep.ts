import type { SqliteDatabase } from './open-sqlite.ts';
import { BUCKETS, type PostingTail } from './posting-tail.ts';
import { prepareInsert } from './rows.ts';

const INSERT_POSTING = 'INSERT OR IGNORE INTO postings (key, pos)';
const ROWS_TOGETHER = 16;
const COMPLETE_TO = 'UPDATE progress SET postings_complete_to = max(postings_complete_to, ?)';

/**
 * So many events may wait before the next sweep begins, and so many come while it lasts: a start reads at most both where
 * the processes before did not live long, else little more than the half.
 */
const SWEEP_EVENTS = 49_152;
/** More than so many entries are written sooner: events with many tags. */
export const TAIL_ENTRIES = 196_608;
/** What is due is spread over several batches, so that none waits long. */
const BUCKETS_A_BATCH = 32;
/** How far the index is complete is recorded behind each part of a sweep. */
const BUCKETS_A_PART = 32;
const PARTS = BUCKETS / BUCKETS_A_PART;

/** Moves the tail into the file's index, a few neighbouring keys with each batch. */
export interface PostingSweep {
  /** Inside the batch's transaction, after its events. */
  readonly write: (head: number) => void;
  /** After the commit: what was written leaves the tail. */
  readonly settle: () => void;
  /** After a failure, or when the tail was loaded anew: begins a sweep at this head, over an index that is complete to there. */
  readonly restart: (head: number, completeTo: number) => void;
}

/**
 * Entries come in at random keys. Written one by one, each would change a page of its own; kept back and
 * written in key order, a batch changes one or two. With each part of a sweep it is recorded up to where the entries of
 * all parts are in the file: a start reads the log from there.
 */
export function createPostingSweep(database: SqliteDatabase, tail: PostingTail): PostingSweep {
  const insert = prepareInsert(database, INSERT_POSTING, { columns: 2, together: ROWS_TOGETHER });
  const complete = database.prepare(COMPLETE_TO);
  let beganAt = 0;
  let completeTo = 0;
  let cursor = 0;
  let written: number[] = [];
  /** Up to where each part's entries are in the file. */
  const partsTo = new Array<number>(PARTS).fill(0);
  const recordPart = (next: number) => {
    // The part that comes next was written longest ago.
    if (next % BUCKETS_A_PART === 0) complete.run(partsTo[(next / BUCKETS_A_PART) % PARTS] ?? 0);
  };

  return {
    write: (head) => {
      const late = head - completeTo - SWEEP_EVENTS;
      const due = Math.min((late / SWEEP_EVENTS) * BUCKETS, cursor + BUCKETS_A_BATCH);
      const entries: number[] = [];
      const add = (key: number, pos: number) => entries.push(key, pos);
      let left = tail.size();
      while (cursor < BUCKETS && (cursor < due || left > TAIL_ENTRIES)) {
        if (cursor % BUCKETS_A_PART === 0) partsTo[cursor / BUCKETS_A_PART] = head;
        left -= tail.visit(cursor, add);
        written.push(cursor);
        cursor += 1;
        recordPart(cursor);
      }
      insert(entries);
      if (cursor < BUCKETS) return;
      completeTo = beganAt;
      beganAt = head;
      cursor = 0;
    },
    settle: () => {
      for (const bucket of written) tail.drop(bucket);
      written = [];
    },
    restart: (head, complete) => {
      written = [];
      beganAt = head;
      completeTo = complete;
      cursor = 0;
      partsTo.fill(complete);
    },
  };
}
