import type { EventMeta, EventRow } from './event-rows.ts';
import type { EventRowsReader } from './event-rows-reader.ts';
import { TAIL_ENTRIES } from './posting-sweep.ts';
import {
  createPostingTail,
  keyOfCommand,
  keyOfStream,
  keyOfTag,
  type PostingTail,
} from './posting-tail.ts';
import { createStreamHeads, type StreamHeads } from './stream-heads.ts';

const CACHED_STREAMS = 50_000;
const PAGE_EVENTS = 1_000;

/** What one engine keeps in memory of its file; true up to `head`, at the time of `refresh`. */
export interface LogKnowledge {
  readonly heads: StreamHeads;
  /** Together with the index in the file it holds every posting up to `head`. */
  readonly tail: PostingTail;
  /** Up to which position everything is known. */
  readonly head: () => number;
  /** When the event at `head` was recorded, in milliseconds; 0 for an empty log. */
  readonly headMs: () => number;
  readonly moveTo: (head: number, recordedMs: number) => void;
  /** Whether it is known at once, without reading, that there is nothing behind a position. */
  readonly endsAt: (position: number) => boolean;
  /** Learns what others have written, as far as this connection sees it. @throws LOG_CORRUPT. */
  readonly refresh: () => void;
  /** A figure that changes when everything was forgotten and learned anew. */
  readonly generation: () => number;
  /** After a failure nothing in memory can be relied on. */
  readonly reset: () => void;
}

/** Knows nothing until the first `refresh`. */
export function createLogKnowledge(rows: EventRowsReader): LogKnowledge {
  const heads = createStreamHeads(CACHED_STREAMS);
  const tail = createPostingTail();
  let head = 0;
  let headMs = 0;
  let generation = 0;
  /** The version of the file at which all is known; it changes when others write. */
  let trueAt: number | undefined;

  const beginAt = (position: number) => {
    heads.clear();
    tail.clear();
    head = position;
    headMs = position === 0 ? 0 : rows.at(position)[6];
    generation += 1;
  };
  const learn = (row: EventRow) => {
    const [pos, stream, revision, , , , recordedMs, , meta] = row;
    const known = heads.get(stream);
    if (known !== undefined) known.last = revision;
    tail.add(known?.key ?? keyOfStream(stream), pos);
    for (const key of keysOf(JSON.parse(meta) as EventMeta)) tail.add(key, pos);
    head = pos;
    headMs = recordedMs;
  };
  const catchUp = () => {
    const end = rows.head(trueAt === undefined ? 0 : head);
    const completeTo = rows.postingsCompleteTo();
    if (trueAt === undefined || completeTo > head) beginAt(completeTo);
    else if (tail.size() > 2 * TAIL_ENTRIES) tail.forget(completeTo);
    while (head < end) for (const row of rows.behind(head, PAGE_EVENTS)) learn(row);
  };
  return {
    heads,
    tail,
    head: () => head,
    headMs: () => headMs,
    moveTo: (position, recordedMs) => {
      head = position;
      headMs = recordedMs;
    },
    endsAt: (position) => position === head && rows.dataVersion() === trueAt,
    refresh: () => {
      // Asked before the log is read: what is committed meanwhile is learned the next time.
      const version = rows.dataVersion();
      if (version === trueAt) return;
      catchUp();
      trueAt = version;
    },
    generation: () => generation,
    reset: () => {
      trueAt = undefined;
    },
  };
}

/** Keys of an event's tags, and of the command that it is the first event of. */
function keysOf({ tags = [], command }: EventMeta): readonly number[] {
  const keys = tags.map(keyOfTag);
  return command === undefined ? keys : [...keys, keyOfCommand(command.id)];
}
