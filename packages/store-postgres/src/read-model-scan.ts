import type { JsonObject, ScannedRows } from '@tidemark/core';
import type pg from 'pg';
import { aboutModel, createChange } from './change.ts';
import { asDropped } from './read-model-kept.ts';
import { parkedRowOf, type StoredParked } from './read-model-parking.ts';
import { readDivision, type SlicingParts } from './read-model-slicing.ts';
import { decodeText, encodeText } from './stored-values.ts';
import { inTransaction } from './transaction.ts';

const ONE_MOMENT = 'set transaction isolation level repeatable read, read only';
const READ_PARKED = `select key, position, event_id, error, since, waiting
from {schema}.read_model_parked
where read_model = $1 and ($2::text is null or key > $2) and ($3::text is null or key <= $3)`;

/** Reads pages of a build in the order of the keys, with what belongs to them at the same moment. */
export function createScan({
  pool,
  layout,
  schema,
}: SlicingParts): (after: string | undefined, limit: number) => Promise<ScannedRows<JsonObject>> {
  const { table, number } = layout;
  const readFirst = `select key, body from ${table} order by key limit $1`;
  const readNext = `select key, body from ${table} where key > $2 order by key limit $1`;

  const read = async (client: pg.ClientBase, after: string | undefined, limit: number) => {
    const change = createChange(client, schema);
    await change(ONE_MOMENT);
    const behind = after === undefined ? [] : [encodeText(after)];
    const sql = after === undefined ? readFirst : readNext;
    const found = await change<readonly [key: string, body: string]>(sql, limit, ...behind);
    const last = found.length < limit ? null : (found.at(-1)?.[0] ?? null);
    const parked = await change<StoredParked>(READ_PARKED, number, behind[0] ?? null, last);
    return {
      rows: found.map(([key, body]) => [decodeText(key), JSON.parse(body) as JsonObject] as const),
      parked: parked.map(parkedRowOf),
      division: await readDivision(aboutModel(change, number)),
    };
  };
  return async (after, limit) => {
    try {
      return await inTransaction(pool, (client) => read(client, after, limit));
    } catch (error) {
      throw asDropped(error);
    }
  };
}
