/** A stream's key in the index, and its last revision: -1 while it has no event. */
export interface StreamHead {
  readonly key: number;
  last: number;
}

/** Stream heads known to be true while the file's data version stands still. */
export interface StreamHeads {
  readonly get: (stream: string) => StreamHead | undefined;
  readonly set: (stream: string, head: StreamHead) => void;
  readonly clear: () => void;
}

/**
 * Keeps the heads used last, at least `size` of them and at most twice that. Two generations instead of a
 * list in order of use: a hit costs one look-up and moves nothing.
 */
export function createStreamHeads(size: number): StreamHeads {
  let young = new Map<string, StreamHead>();
  let old = new Map<string, StreamHead>();
  const set = (stream: string, head: StreamHead) => {
    young.set(stream, head);
    if (young.size < size) return;
    old = young;
    young = new Map();
  };
  return {
    get: (stream) => {
      const head = young.get(stream);
      if (head !== undefined) return head;
      const aged = old.get(stream);
      if (aged !== undefined) set(stream, aged);
      return aged;
    },
    set,
    clear: () => {
      young = new Map();
      old = new Map();
    },
  };
}
