import type { EventRow } from './event-rows.ts';
import { counted, type EventRowsReader, missing } from './event-rows-reader.ts';
import type { LogKnowledge } from './log-knowledge.ts';
import { keyOfStream } from './posting-tail.ts';
import type { Postings } from './postings.ts';
import type { StreamHead } from './stream-heads.ts';

/** Streams, found by the index of postings; true up to what is known of the log. */
export interface Streams {
  /** @throws LOG_CORRUPT. */
  readonly head: (stream: string) => StreamHead;
  /** Learns the heads of streams whose newest positions in the file are known already. @throws LOG_CORRUPT. */
  readonly learnHeads: (
    streams: ReadonlyMap<string, number>,
    newestInFile: ReadonlyMap<number, number>,
  ) => void;
  /** Behind which position a stream's event of that revision stands. @throws LOG_CORRUPT. */
  readonly placeBefore: (stream: string, revision: number) => number;
  /** The stream's events behind a position, the first of them of that revision; at least one. @throws LOG_CORRUPT. */
  readonly behind: (stream: string, from: StreamPlace, limit: number) => readonly EventRow[];
}

/** Behind which position to look, and which revision is the first one there. */
export interface StreamPlace {
  readonly after: number;
  readonly revision: number;
}

/** Streams over one connection. As names may share a key, every row that is found says whose it is. */
export function createStreams(
  rows: EventRowsReader,
  postings: Postings,
  { heads, tail }: LogKnowledge,
): Streams {
  const remember = (stream: string, head: StreamHead): StreamHead => {
    heads.set(stream, head);
    return head;
  };
  const lookUp = (stream: string): StreamHead => {
    const key = keyOfStream(stream);
    for (const pos of postings.newest(key)) {
      const row = rows.at(pos);
      if (row[1] === stream) return remember(stream, { key, last: row[2] });
    }
    return remember(stream, { key, last: -1 });
  };
  const head = (stream: string) => heads.get(stream) ?? lookUp(stream);
  const ofKey = (key: number, after: number, limit: number): readonly EventRow[] => {
    const inFile = rows.ofKey(key, after, limit);
    if (inFile.length === limit) return inFile;
    const end = inFile.at(-1)?.[0] ?? after;
    const newer = tail.of(key).filter((pos) => pos > end);
    return [...inFile, ...rows.among(newer.slice(0, limit - inFile.length))];
  };

  return {
    head,
    learnHeads: (streams, newestInFile) => {
      const places = new Map<number, string>();
      for (const [stream, key] of streams) {
        const newest = tail.of(key).at(-1) ?? newestInFile.get(key);
        if (newest === undefined) remember(stream, { key, last: -1 });
        else places.set(newest, stream);
      }
      for (const [pos, found, revision] of rows.among([...places.keys()])) {
        // The name as it was asked for: the one that was found is a part of its row's text, and would keep all of it.
        const stream = places.get(pos);
        // A row of another stream says nothing; `head` looks further.
        if (stream === undefined || stream !== found) continue;
        remember(stream, { key: streams.get(stream) ?? keyOfStream(stream), last: revision });
      }
    },
    placeBefore: (stream, revision) => {
      if (revision === 0) return 0;
      const { key, last } = head(stream);
      let left = last - revision + 1;
      for (const pos of postings.newest(key)) {
        left -= 1;
        if (left > 0) continue;
        const row = rows.at(pos);
        if (row[1] === stream && row[2] <= revision) return pos - 1;
      }
      throw missing('revision', revision, stream);
    },
    behind: (stream, { after, revision }, limit) => {
      const { key } = head(stream);
      for (let at = after; ; ) {
        const found = ofKey(key, at, limit);
        const own = found.filter((row) => row[1] === stream);
        if (own.length > 0) return counted(own, 'revision', revision);
        const last = found.at(-1);
        if (last === undefined) throw missing('revision', revision, stream);
        at = last[0];
      }
    },
  };
}
