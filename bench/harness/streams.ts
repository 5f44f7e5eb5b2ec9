/** A stream that nobody else writes just now, and its last revision; -1 for none. */
export interface Taken {
  readonly stream: number;
  readonly last: number;
}

/** Streams chosen at random, each used by one caller at a time, so that every condition holds. */
export interface Streams {
  readonly count: number;
  readonly take: () => Taken;
  /** Gives it back after `written` events. */
  readonly give: (taken: Taken, written: number) => void;
  /** What a stream holds after events that were written without taking it. */
  readonly set: (stream: number, last: number) => void;
  readonly any: () => number;
}

export function createStreams(count: number): Streams {
  const last = new Int32Array(count).fill(-1);
  const busy = new Uint8Array(count);
  let taken = 0;
  const any = (): number => Math.floor(Math.random() * count);
  return {
    count,
    any,
    take: () => {
      if (taken === count) throw new Error(`more callers than streams: ${count}`);
      taken += 1;
      let stream = any();
      while (busy[stream] === 1) stream = any();
      busy[stream] = 1;
      return { stream, last: last[stream] as number };
    },
    give: ({ stream, last: before }, written) => {
      last[stream] = before + written;
      busy[stream] = 0;
      taken -= 1;
    },
    set: (stream, revision) => {
      last[stream] = revision;
    },
  };
}
