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

/** A place in the order of use, a ring: behind the one used last stands the one that was not used for longest. */
interface Place<Value> {
  readonly name: string;
  value: Value | undefined;
  newer: Place<Value>;
  older: Place<Value>;
}

/**
 * Keeps at most `capacity` values, and lets go of the one that was not used for longest. The order is kept apart from the
 * Map: one whose entries are taken out and put in again at each use has its oldest entry behind ever more empty places.
 */
export function createLastUsed<Value>(capacity: number): LastUsed<Value> {
  const places = new Map<string, Place<Value>>();
  const ends = createEnds<Value>();

  const drop = (place: Place<Value>): void => {
    takeOut(place);
    places.delete(place.name);
  };
  const use = (place: Place<Value>): void => {
    takeOut(place);
    putBehind(ends.older, place);
  };
  return {
    get: (name) => {
      const place = places.get(name);
      if (place !== undefined) use(place);
      return place?.value;
    },
    peek: (name) => places.get(name)?.value,
    set: (name, value) => {
      const known = places.get(name);
      if (known !== undefined) {
        known.value = value;
        use(known);
        return;
      }
      const place = { name, value, newer: ends, older: ends };
      places.set(name, place);
      putBehind(ends.older, place);
      if (places.size > capacity) drop(ends.newer);
    },
    drop: (name) => {
      const place = places.get(name);
      if (place !== undefined) drop(place);
    },
  };
}

/** Stands between the newest, which is older than it, and the oldest, which is newer; itself when there are none. */
function createEnds<Value>(): Place<Value> {
  const ends = { name: '', value: undefined } as Place<Value>;
  ends.newer = ends;
  ends.older = ends;
  return ends;
}

function takeOut<Value>({ newer, older }: Place<Value>): void {
  newer.older = older;
  older.newer = newer;
}

function putBehind<Value>(older: Place<Value>, place: Place<Value>): void {
  place.older = older;
  place.newer = older.newer;
  older.newer.older = place;
  older.newer = place;
}
