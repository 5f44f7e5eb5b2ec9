import {
  Fault,
  type JsonObject,
  LIMITS,
  type Message,
  type ReadModel,
  scalarOf,
} from '@tidemark/core';

const HALF_OF_A_PAIR = /\p{Surrogate}/u;
/** A code unit of JavaScript's texts takes no more in UTF-8. */
const BYTES_A_UNIT = 3;
/** What a number or null is taken for: as much as an engine that keeps it as text needs. */
const BYTES_A_NUMBER = 20;

/**
 * The read model, with `key` and `evolve` throwing CONFIGURATION_INVALID for what no engine is asked to store. So one row that
 * cannot be stored is met where its event is folded, and not when a step is written together with thousands of others.
 */
export function onlyStorable<Event extends Message, Row extends object>(
  readModel: ReadModel<Event, Row>,
): ReadModel<Event, Row> {
  const assertIndexable = createIndexCheck(readModel);
  return {
    ...readModel,
    key: (placed) => {
      const keys = readModel.key(placed);
      for (const key of keys) assertRowKey(key);
      return keys;
    },
    evolve: (row, placed, key) => {
      const next = readModel.evolve(row, placed, key);
      if (next !== undefined && next !== row) assertIndexable(key, next);
      return next;
    },
  };
}

/** Engines keep text as UTF-8, where every half of a surrogate pair becomes the same character: rows would be taken for one another. */
function assertRowKey(key: string): void {
  if (HALF_OF_A_PAIR.test(key)) invalid('a row key holds half a surrogate pair');
  if (key.length * BYTES_A_UNIT > LIMITS.indexEntryBytes)
    assertFits('a row key', Buffer.byteLength(key));
}

/** Indexes hold texts, finite numbers and null, and not too much of them. */
function createIndexCheck<Row extends object>({
  indexes,
}: Pick<ReadModel<Message, Row>, 'indexes'>): (key: string, row: Row) => void {
  const all = Object.entries<readonly string[]>(indexes);
  const fields = [...new Set(all.flatMap(([, names]) => names))];
  return (key, given) => {
    // Rows are JSON objects, which their type need not say.
    const row = given as JsonObject;
    let most = key.length * BYTES_A_UNIT;
    for (const field of fields) {
      const value = scalarOf(row, field);
      most += typeof value === 'string' ? value.length * BYTES_A_UNIT : BYTES_A_NUMBER;
    }
    // Nearly every row is far below it, and need not be measured.
    if (most <= LIMITS.indexEntryBytes) return;
    for (const [index, names] of all) {
      let bytes = Buffer.byteLength(key);
      for (const name of names) {
        const value = scalarOf(row, name);
        bytes += typeof value === 'string' ? Buffer.byteLength(value) : BYTES_A_NUMBER;
      }
      assertFits(`the index ${index} with the row key`, bytes);
    }
  };
}

function assertFits(what: string, bytes: number): void {
  if (bytes <= LIMITS.indexEntryBytes) return;
  invalid(`${what}: at most ${LIMITS.indexEntryBytes} bytes of UTF-8, found ${bytes}`);
}

function invalid(message: string): never {
  throw new Fault('CONFIGURATION_INVALID', message);
}
