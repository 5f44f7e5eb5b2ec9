import { type JsonObject, type ReadModelStep, scalarOf } from '@tidemark/core';
import { textArray } from './pg-arrays.ts';
import type { RunRead } from './read-events.ts';
import type { Layout } from './read-model-layout.ts';
import { encodeScalar, encodeText } from './stored-values.ts';

const MOVE_CHECKPOINT = `update {schema}.read_model_slices set position = $4
  where read_model = $1 and slice = $2 and position = $3 returning 1`;
/** The row of a slice is made by its first step. `$3` is 0 here. */
const MAKE_CHECKPOINT = `insert into {schema}.read_model_slices as stored (read_model, slice, position)
  values ($1, $2, $4)
  on conflict (read_model, slice) do update set position = excluded.position
  where stored.position = $3 returning 1`;

/**
 * Applies a step by one statement, so one round trip and one transaction: it compares and sets the checkpoint
 * and writes the rows only when that succeeded. Who waits for another's checkpoint sees the new one
 * afterwards (READ COMMITTED looks at a locked row again) and changes nothing.
 */
export function createApply(
  run: RunRead,
  layout: Layout,
): (step: ReadModelStep<JsonObject>) => Promise<'applied' | 'overtaken'> {
  const move = applyStatement(layout, MOVE_CHECKPOINT);
  const make = applyStatement(layout, MAKE_CHECKPOINT);
  const fields = [...layout.columns.keys()];

  return async ({ slice, from, to, rows }) => {
    if (to <= from) throw new RangeError(`a step goes on: from ${from} to ${to}`);
    const deleted: string[] = [];
    const keys: string[] = [];
    const bodies: string[] = [];
    const indexed: string[][] = fields.map(() => []);
    for (const [key, row] of rows) {
      if (row === undefined) {
        deleted.push(encodeText(key));
        continue;
      }
      keys.push(encodeText(key));
      bodies.push(JSON.stringify(row));
      for (const [at, field] of fields.entries()) {
        indexed[at]?.push(encodeScalar(scalarOf(row, field)));
      }
    }
    const [claimed] = await run<readonly [string, string]>(from === 0n ? make : move, [
      layout.number,
      `${slice.index}/${slice.count}`,
      from.toString(),
      to.toString(),
      textArray(deleted),
      textArray(keys),
      bodies.join('\n'),
      ...indexed.map(textArray),
    ]);
    return claimed?.[0] === '1' ? 'applied' : 'overtaken';
  };
}

function applyStatement({ table, columns }: Layout, claim: string): string {
  const named = ['body', ...columns.values()];
  const arrays = [...columns.keys()].map((_, at) => `$${at + 8}::text[]`);
  // JSON has no raw line break, and splitting lines is cheaper than parsing quoted array elements.
  const source = ['$6::text[]', 'string_to_array($7, chr(10))', ...arrays].join(', ');
  const changes = named.map((column) => `${column} = excluded.${column}`).join(', ');
  return `with claimed as (${claim}),
written as (
  insert into ${table} (key, ${named.join(', ')})
  select * from unnest(${source}) where exists (select from claimed)
  on conflict (key) do update set ${changes}
),
deleted as (
  delete from ${table} where key = any($5::text[]) and exists (select from claimed)
)
${'' /* Rows and checkpoint can be rebuilt and are lost together, so no step waits for the disk. */}select count(*), set_config('synchronous_commit', 'off', true) from claimed`;
}
