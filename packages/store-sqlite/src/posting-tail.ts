import { crc32 } from 'node:zlib';

/**
 * Under which number a stream, tag or command id is indexed: 32 bits. Texts may share one, so what is found is checked.
 * Signed, because the engine of the language keeps such numbers without a place of their own in memory.
 */
export function keyOfStream(stream: string): number {
  return crc32(`s${stream}`) | 0;
}

export function keyOfTag(tag: string): number {
  return crc32(`t${tag}`) | 0;
}

export function keyOfCommand(commandId: string): number {
  return crc32(`c${commandId}`) | 0;
}

/** How many parts the keys are divided into, by their highest bits. */
export const BUCKETS = 512;
const BUCKET_SHIFT = 23;
const NONE: readonly number[] = [];

/** Most keys stand at one position: a number instead of a list keeps the collector out of the way. */
type Places = number | number[];

/** Which keys stand at which positions, for the newest events: those that the file's index may not hold yet. */
export interface PostingTail {
  /** Positions of a key must rise. */
  readonly add: (key: number, pos: number) => void;
  /** Positions of a key, rising. */
  readonly of: (key: number) => readonly number[];
  readonly size: () => number;
  /** Visits one bucket by key and position: neighbours in the file's index too. Answers how many there are. */
  readonly visit: (index: number, entry: (key: number, pos: number) => void) => number;
  readonly drop: (index: number) => void;
  /** Drops what stands at this position or before. */
  readonly forget: (upTo: number) => void;
  readonly clear: () => void;
}

/** An empty tail. */
export function createPostingTail(): PostingTail {
  const buckets = Array.from({ length: BUCKETS }, () => new Map<number, Places>());
  const bucketAt = (index: number) => buckets[index] as Map<number, Places>;
  let size = 0;
  const visit: PostingTail['visit'] = (index, entry) => {
    const bucket = bucketAt(index);
    let visited = 0;
    for (const key of [...bucket.keys()].sort((a, b) => a - b)) {
      const places = listOf(bucket.get(key));
      for (const pos of places) entry(key, pos);
      visited += places.length;
    }
    return visited;
  };
  return {
    add: (key, pos) => {
      const bucket = bucketAt(key >>> BUCKET_SHIFT);
      const places = bucket.get(key);
      if (places === undefined) bucket.set(key, pos);
      else if (typeof places === 'number') {
        if (places === pos) return;
        bucket.set(key, [places, pos]);
      } else if (places.at(-1) === pos) return;
      else places.push(pos);
      size += 1;
    },
    of: (key) => listOf(bucketAt(key >>> BUCKET_SHIFT).get(key)),
    size: () => size,
    visit,
    drop: (index) => {
      for (const places of bucketAt(index).values()) size -= listOf(places).length;
      bucketAt(index).clear();
    },
    forget: (upTo) => {
      for (const bucket of buckets) size -= forgetIn(bucket, upTo);
    },
    clear: () => {
      for (const bucket of buckets) bucket.clear();
      size = 0;
    },
  };
}

function listOf(places: Places | undefined): readonly number[] {
  if (places === undefined) return NONE;
  return typeof places === 'number' ? [places] : places;
}

/** Answers how many entries it dropped. */
function forgetIn(bucket: Map<number, Places>, upTo: number): number {
  let dropped = 0;
  for (const [key, places] of bucket) {
    const list = listOf(places);
    const kept = list.filter((pos) => pos > upTo);
    dropped += list.length - kept.length;
    if (kept.length === 0) bucket.delete(key);
    else bucket.set(key, kept);
  }
  return dropped;
}
