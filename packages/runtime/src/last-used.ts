/** Values by name, those that were used last. */
export interface LastUsed<Value> {
  /** A use. */
  readonly get: (name: string) => Value | undefined;
  /** Not a use. */
  readonly peek: (name: string) => Value | undefined;
  /** A use. */
  readonly set: (name: string, value: Value) => void;
  readonly drop: (name: string) => void;
}

/** Keeps at most `capacity` values, and lets go of the one that was not used for longest. */
export function createLastUsed<Value>(capacity: number): LastUsed<Value> {
  // A Map keeps the order of insertion: what was used last stands at its end.
  const values = new Map<string, Value>();
  // One walk for good. Begun anew it would pass over all places at the beginning that are empty by now, each time.
  const oldestFirst = values.keys();

  const set = (name: string, value: Value): void => {
    values.delete(name);
    values.set(name, value);
    if (values.size > capacity) values.delete(oldestFirst.next().value as string);
  };

  return {
    get: (name) => {
      const value = values.get(name);
      if (value !== undefined) set(name, value);
      return value;
    },
    peek: (name) => values.get(name),
    set,
    drop: (name) => {
      values.delete(name);
    },
  };
}
