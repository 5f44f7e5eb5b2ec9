import type { ParkedChange, ParkedRow, ReadModelParking } from '@tidemark/core';
import { numberArray, textArray } from './pg-arrays.ts';
import { droppedFault } from './read-model-kept.ts';
import type { Layout } from './read-model-layout.ts';
import type { RunRead } from './run-read.ts';
import { decodeText, encodeText } from './stored-values.ts';

/** No row for a build that was dropped. */
const READ_ANY = `select (
  select key from {schema}.read_model_parked where read_model = $1 order by key limit 1)
from {schema}.read_models where number = $1 and not dropped`;
const COLUMNS = 'key, position, event_id, error, since, waiting';
const READ_FIRST = `select ${COLUMNS} from {schema}.read_model_parked
where read_model = $1 order by key limit $2`;
const READ_NEXT = `select ${COLUMNS} from {schema}.read_model_parked
where read_model = $1 and key > $3 order by key limit $2`;
/** Each key looked up for itself, however few the planner takes the parked ones for. */
const READ_AMONG = `select parked.* from unnest($2::text[]) as asked (key)
cross join lateral (
  select ${COLUMNS} from {schema}.read_model_parked
  where read_model = $1 and key = asked.key offset 0
) parked`;

export type StoredParked = readonly [
  key: string,
  position: string,
  eventId: string,
  error: string,
  since: string,
  waiting: string,
];

/** Reads what is parked. */
export function createParkedReads(
  run: RunRead,
  { number }: Pick<Layout, 'number'>,
): Pick<ReadModelParking<object>, 'load' | 'list'> {
  const list = async (limit: number, after?: string): Promise<readonly ParkedRow[]> => {
    const found =
      after === undefined
        ? await run<StoredParked>(READ_FIRST, [number, limit])
        : await run<StoredParked>(READ_NEXT, [number, limit, encodeText(after)]);
    return found.map(parkedRowOf);
  };
  return {
    load: async (keys) => {
      if (keys.length === 0) return new Map();
      // Every step asks and nearly always nothing is parked, so the keys of a page are seldom sent.
      const [any] = await run<readonly [string | null]>(READ_ANY, [number]);
      if (any === undefined) throw droppedFault();
      if (any[0] === null) return new Map();
      const asked = textArray(keys.map(encodeText));
      const found = (await run<StoredParked>(READ_AMONG, [number, asked])).map(parkedRowOf);
      return new Map(found.map((row) => [row.key, row]));
    },
    list,
  };
}

/** Parameters that say what was parked and what becomes of it, by the names of the statement. */
export function encodeParked(changes: readonly ParkedChange[]): Readonly<Record<string, string>> {
  const keysOf = (chosen: readonly ParkedChange[]) =>
    textArray(chosen.map(({ key }) => encodeText(key)));
  const marks = changes.flatMap(({ was }) => was ?? []);
  const known = changes.filter(({ was }) => was !== undefined);
  const absent = changes.filter(({ was }) => was === undefined);
  return {
    wasKeys: keysOf(known),
    wasPositions: textArray(marks.map(({ position }) => position.toString())),
    wasWaiting: numberArray(marks.map(({ waiting }) => waiting)),
    absentKeys: keysOf(absent),
    goneKeys: keysOf(known.filter(({ becomes }) => becomes === undefined)),
    ...encodeRows('made', absent),
    ...encodeRows('kept', known),
  };
}

function encodeRows(
  name: 'made' | 'kept',
  changes: readonly ParkedChange[],
): Readonly<Record<string, string>> {
  const rows = changes.flatMap(({ key, becomes }) => (becomes ? [{ ...becomes, key }] : []));
  const texts = (of: (row: ParkedRow) => string) => textArray(rows.map(of));
  return {
    [`${name}Keys`]: texts(({ key }) => encodeText(key)),
    [`${name}Positions`]: texts(({ position }) => position.toString()),
    [`${name}EventIds`]: texts(({ eventId }) => encodeText(eventId)),
    [`${name}Errors`]: texts(({ error }) => encodeText(error)),
    [`${name}Since`]: texts(({ since }) => since),
    [`${name}Waiting`]: numberArray(rows.map(({ waiting }) => waiting)),
  };
}

export function parkedRowOf([
  key,
  position,
  eventId,
  error,
  since,
  waiting,
]: StoredParked): ParkedRow {
  return {
    key: decodeText(key),
    position: BigInt(position),
    eventId: decodeText(eventId),
    error: decodeText(error),
    since,
    waiting: Number(waiting),
  };
}
