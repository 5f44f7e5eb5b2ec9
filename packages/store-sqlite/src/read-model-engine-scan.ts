import type { JsonObject, ScannedRows } from '@tidemark/core';
import type { SqliteDatabase } from './open-sqlite.ts';
import type { ParkedRows } from './read-model-engine-parking.ts';
import type { Layout } from './read-model-engine-schema.ts';
import type { Slices } from './read-model-engine-slicing.ts';
import { decodeText, encodeText } from './read-model-engine-values.ts';
import { inSnapshot } from './transactions.ts';

interface StoredRow {
  readonly key: string;
  readonly row: string;
}

/** Reads pages of a build in the order of the keys, with what belongs to them at the same moment. */
export function createScan(
  database: SqliteDatabase,
  { table }: Layout,
  { slices, parked }: { readonly slices: Slices; readonly parked: ParkedRows },
): (after: string | undefined, limit: number) => ScannedRows<JsonObject> {
  const selectFirst = database.prepare(`SELECT key, row FROM ${table} ORDER BY key LIMIT ?`);
  const selectNext = database.prepare(
    `SELECT key, row FROM ${table} WHERE key > ? ORDER BY key LIMIT ?`,
  );
  return (after, limit) =>
    inSnapshot(database, () => {
      const behind = after === undefined ? undefined : encodeText(after);
      const found = (
        behind === undefined ? selectFirst.all(limit) : selectNext.all(behind, limit)
      ) as StoredRow[];
      const last = found.length < limit ? undefined : found.at(-1)?.key;
      return {
        rows: found.map(
          ({ key, row }) => [decodeText(key), JSON.parse(row) as JsonObject] as const,
        ),
        parked: parked.range(behind, last),
        division: slices.division(),
      };
    });
}
