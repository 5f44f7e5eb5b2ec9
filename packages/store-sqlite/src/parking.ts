import {
  Fault,
  type JsonObject,
  type ParkedItem,
  type ParkedKey,
  type Parking,
  type ParkRequest,
} from '@tidemark/core';
import { openSqlite, type SqliteDatabase } from './open-sqlite.ts';
import { decodeText, encodeText } from './read-model-engine-values.ts';
import { prepareTuples } from './rows.ts';
import { faultOf } from './sqlite-faults.ts';
import { inTransaction } from './transactions.ts';

// `place` counts from 1 under each key, in the order in which messages came; the lowest is the first.
const CREATE_PARKED = `CREATE TABLE IF NOT EXISTS parked_messages (
  reader TEXT NOT NULL, key TEXT NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
  since TEXT NOT NULL, error TEXT, PRIMARY KEY (reader, key, place), UNIQUE (reader, key, id)) STRICT`;
export const SELECT_PARKED = `SELECT DISTINCT key FROM parked_messages
  WHERE reader = ? AND key IN (SELECT value FROM json_each(?))`;
const SELECT_END = `SELECT count(*), coalesce(max(place), 0) FROM parked_messages
  WHERE reader = ? AND key = ?`;
const COUNT_READER = 'SELECT count(*) FROM parked_messages WHERE reader = ?';
const SELECT_ITEM = 'SELECT 1 FROM parked_messages WHERE reader = ? AND key = ? AND id = ?';
const INSERT_ITEM = `INSERT INTO parked_messages (reader, key, place, id, body, since, error)
  VALUES (?, ?, ?, ?, ?, ?, ?)`;
const KEYS = `SELECT key, min(place) AS place, count(*) - 1 AS waiting FROM parked_messages`;
const FIRSTS = `SELECT parked.key, parked.id, parked.body, parked.since, parked.error, keys.waiting
  FROM keys JOIN parked_messages parked ON parked.reader = ? AND parked.key = keys.key AND parked.place = keys.place`;
const SELECT_ONE = `WITH keys AS (${KEYS} WHERE reader = ? AND key = ? GROUP BY key) ${FIRSTS}`;
const SELECT_LIST = `WITH keys AS (${KEYS} WHERE reader = ? AND key >= ? AND key <> ? GROUP BY key ORDER BY key LIMIT ?)
  ${FIRSTS} ORDER BY parked.key`;
const SELECT_WAITING = `SELECT id FROM parked_messages WHERE reader = ? AND key = ?
  ORDER BY place LIMIT ? OFFSET 1`;
const SELECT_FIRST = `SELECT place, id FROM parked_messages WHERE reader = ? AND key = ?
  ORDER BY place LIMIT 1`;
const DELETE_ITEM = 'DELETE FROM parked_messages WHERE reader = ? AND key = ? AND place = ?';
const UPDATE_ITEM = `UPDATE parked_messages SET error = ?
  WHERE reader = ? AND key = ? AND place = ?`;

type FirstRow = readonly [
  key: string,
  id: string,
  body: string,
  since: string,
  error: string | null,
  waiting: number,
];

/**
 * Opens parked messages in a file, best that of the service's log: every change is synced before it resolves,
 * because a reader passes over what is parked. Several processes may work on it.
 *
 * @throws STORE_UNAVAILABLE, STORE_FULL, CONFIGURATION_INVALID when the file cannot be used.
 *
 * @example
 * const parking = await openSqliteParking('./data/flights.db');
 */
export async function openSqliteParking(path: string): Promise<Parking> {
  const database = await openSqlite(path);
  try {
    inTransaction(database, () => database.exec(CREATE_PARKED));
    return createParking(database);
  } catch (error) {
    database.close();
    throw faultOf(error);
  }
}

function createParking(database: SqliteDatabase): Parking {
  const selectParked = prepareTuples<readonly [string]>(database, SELECT_PARKED);
  const selectOne = prepareTuples<FirstRow>(database, SELECT_ONE);
  const selectList = prepareTuples<FirstRow>(database, SELECT_LIST);
  const selectWaiting = prepareTuples<readonly [string]>(database, SELECT_WAITING);
  const changes = prepareChanges(database);
  let closed = false;
  const use = async <Result>(work: () => Result): Promise<Result> => {
    if (closed) throw new Fault('STORE_UNAVAILABLE', 'the parked messages are closed');
    try {
      return work();
    } catch (error) {
      throw faultOf(error);
    }
  };
  const change = <Result>(work: () => Result) => use(() => inTransaction(database, work));

  return {
    parkedAmong: (reader, keys) =>
      use(() => {
        const asked = JSON.stringify(keys.map(encodeText));
        const found = selectParked.all(encodeText(reader), asked);
        return new Set(found.map(([key]) => decodeText(key)));
      }),
    park: (request) => change(() => changes.park(request)),
    find: (reader, key) =>
      use(() => {
        const name = encodeText(reader);
        const row = selectOne.first(name, encodeText(key), name);
        return row && parkedKeyOf(row);
      }),
    list: (reader, limit, after) =>
      use(() => {
        const name = encodeText(reader);
        // Without a cursor all keys are wanted, the empty one too: no key is like this one.
        const from = encodeText(after ?? '');
        return selectList
          .all(name, from, after === undefined ? NO_KEY : from, limit, name)
          .map(parkedKeyOf);
      }),
    waitingIds: (reader, key, limit) =>
      use(() => {
        const found = selectWaiting.all(encodeText(reader), encodeText(key), limit);
        return found.map(([id]) => decodeText(id));
      }),
    remove: (reader, key, id) => change(() => changes.remove([reader, key, id])),
    note: (reader, key, { id, error }) => change(() => changes.note([reader, key, id], error)),
    close: async () => {
      if (closed) return;
      closed = true;
      database.close();
    },
  };
}

/** A lone 01, which `encodeText` never writes. */
const NO_KEY = '\u0001';

type ItemName = readonly [reader: string, key: string, id: string];

/** What is done inside a transaction. */
function prepareChanges(database: SqliteDatabase) {
  const selectEnd = prepareTuples<readonly [number, number]>(database, SELECT_END);
  const countReader = prepareTuples<readonly [number]>(database, COUNT_READER);
  const selectItem = database.prepare(SELECT_ITEM);
  const insertItem = database.prepare(INSERT_ITEM);
  const selectFirst = prepareTuples<readonly [number, string]>(database, SELECT_FIRST);
  const deleteItem = database.prepare(DELETE_ITEM);
  const updateItem = database.prepare(UPDATE_ITEM);

  const missing = (name: string, keyName: string, items: readonly ParkedItem[]) => {
    const seen = new Set<string>();
    return items.filter(({ id }) => {
      const isFresh = !seen.has(id) && selectItem.get(name, keyName, encodeText(id)) === undefined;
      seen.add(id);
      return isFresh;
    });
  };
  const park = ({ reader, key, items, error, at, most }: ParkRequest) => {
    const [name, keyName] = [encodeText(reader), encodeText(key)];
    const [ofKey, last] = selectEnd.first(name, keyName) ?? [0, 0];
    if (ofKey === 0 && error === undefined) return 'free';
    const added = missing(name, keyName, items);
    if (added.length === 0) return 'parked';
    const [ofReader] = countReader.first(name) ?? [0];
    if (ofKey + added.length > most.ofKey) return 'full';
    if (ofReader + added.length > most.ofReader) return 'full';
    for (const [index, { id, body }] of added.entries()) {
      const why = ofKey === 0 && index === 0 && error !== undefined ? encodeText(error) : null;
      const of = [name, keyName, last + 1 + index] as const;
      insertItem.run(...of, encodeText(id), JSON.stringify(body), at, why);
    }
    return 'parked';
  };
  const placeOfFirst = ([reader, key, id]: ItemName): number | undefined => {
    const [place, first] = selectFirst.first(encodeText(reader), encodeText(key)) ?? [];
    return first === encodeText(id) ? place : undefined;
  };

  return {
    park,
    remove: (item: ItemName): boolean => {
      const place = placeOfFirst(item);
      if (place === undefined) return false;
      deleteItem.run(encodeText(item[0]), encodeText(item[1]), place);
      return true;
    },
    note: (item: ItemName, error: string): boolean => {
      const place = placeOfFirst(item);
      if (place === undefined) return false;
      updateItem.run(encodeText(error), encodeText(item[0]), encodeText(item[1]), place);
      return true;
    },
  };
}

function parkedKeyOf([key, id, body, since, error, waiting]: FirstRow): ParkedKey {
  const why = error === null ? {} : { error: decodeText(error) };
  const first = { id: decodeText(id), body: JSON.parse(body) as JsonObject };
  return { key: decodeText(key), first, since, ...why, waiting };
}
