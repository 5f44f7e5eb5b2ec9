import type { EventMeta, EventRow } from './event-rows.ts';
import type { EventRowsReader } from './event-rows-reader.ts';
import { TAIL_ENTRIES } from './posting-sweep.ts';
import { createPostingTail, keyOfCommand, keyOfTag, type PostingTail } from './posting-tail.ts';
import { createStreamHeads, type StreamHeads } from './stream-heads.ts';

const CACHED_STREAMS = 50_000;
const PAGE_EVENTS = 1_000;

/** What one engine keeps in memory of its file; shared by its connections, true up to `head`. */
export interface LogKnowledge {
  readonly heads: StreamHeads;
  readonly tail: PostingTail;
  /** Up to which position everything is known. */
  readonly head: () => number;
  readonly moveTo: (head: number) => void;
  /** Learns what this connection sees and others have written. Answers whether it began anew. */
  readonly catchUp: (rows: EventRowsReader) => boolean;
  /** After a failure nothing in memory can be relied on. */
  readonly reset: () => void;
}

/** Knows nothing until the first `catchUp`. */
export function createLogKnowledge(): LogKnowledge {
  const heads = createStreamHeads(CACHED_STREAMS);
  const tail = createPostingTail();
  let head = 0;
  let loaded = false;

  const beginAt = (position: number) => {
    heads.clear();
    tail.clear();
    head = position;
    loaded = true;
  };
  const learn = (row: EventRow) => {
    const [pos, stream, revision] = row;
    const known = stream === null ? undefined : heads.get(stream);
    if (known !== undefined) known.last = revision;
    indexEvent(tail, pos, JSON.parse(row[8]) as EventMeta);
    head = pos;
  };
  return {
    heads,
    tail,
    head: () => head,
    moveTo: (position) => {
      head = position;
    },
    catchUp: (rows) => {
      const end = rows.head();
      if (loaded && end <= head) return false;
      const completeTo = rows.postingsCompleteTo();
      const anew = !loaded || completeTo > head;
      if (anew) beginAt(completeTo);
      else if (tail.size() > 2 * TAIL_ENTRIES) tail.forget(completeTo);
      while (head < end) for (const row of rows.behind(head, PAGE_EVENTS)) learn(row);
      return anew;
    },
    reset: () => {
      loaded = false;
    },
  };
}

/** Adds an event's tags, and the command that it is the first event of. */
export function indexEvent(tail: PostingTail, pos: number, meta: EventMeta): void {
  for (const tag of meta.tags ?? []) tail.add(keyOfTag(tag), pos);
  if (meta.command !== undefined) tail.add(keyOfCommand(meta.command.id), pos);
}
