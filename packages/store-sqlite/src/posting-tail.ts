import { crc32 } from 'node:zlib';

/** Under which number a tag or command id is indexed: 32 bits. Two texts may share one, so what is found is checked. */
export function keyOfTag(tag: string): number {
  return crc32(`t${tag}`);
}

export function keyOfCommand(commandId: string): number {
  return crc32(`c${commandId}`);
}

/** How many parts the keys are divided into, by their highest bits. */
export const BUCKETS = 512;
const BUCKET_SHIFT = 23;
const NONE: readonly number[] = [];

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
  const buckets = Array.from({ length: BUCKETS }, () => new Map<number, number[]>());
  const bucketAt = (index: number) => buckets[index] as Map<number, number[]>;
  const visit: PostingTail['visit'] = (index, entry) => {
    let visited = 0;
    for (const key of [...bucketAt(index).keys()].sort((a, b) => a - b)) {
      const list = bucketAt(index).get(key) ?? NONE;
      for (const pos of list) entry(key, pos);
      visited += list.length;
    }
    return visited;
  };
  let size = 0;
  return {
    add: (key, pos) => {
      const bucket = bucketAt(key >>> BUCKET_SHIFT);
      const list = bucket.get(key);
      if (list === undefined) bucket.set(key, [pos]);
      else if (list.at(-1) !== pos) list.push(pos);
      else return;
      size += 1;
    },
    of: (key) => bucketAt(key >>> BUCKET_SHIFT).get(key) ?? NONE,
    size: () => size,
    visit,
    drop: (index) => {
      for (const list of bucketAt(index).values()) size -= list.length;
      bucketAt(index).clear();
    },
    forget: (upTo) => {
      for (const bucket of buckets) {
        for (const [key, list] of bucket) {
          const kept = list.filter((pos) => pos > upTo);
          size -= list.length - kept.length;
          if (kept.length === 0) bucket.delete(key);
          else bucket.set(key, kept);
        }
      }
    },
    clear: () => {
      for (const bucket of buckets) bucket.clear();
      size = 0;
    },
  };
}
