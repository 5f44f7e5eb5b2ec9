import pg from 'pg';

/** Rows that statements looked at in one table. */
export interface Looked {
  /** Read from the first row of the table to the last. */
  readonly scanned: number;
  /** Taken from an index. */
  readonly found: number;
}

const COUNT = `select t.relname as table, t.seq_tup_read::int as scanned,
  coalesce((select sum(i.idx_tup_read) from pg_stat_user_indexes i where i.relid = t.relid), 0)::int
    as found
from pg_stat_user_tables t where t.schemaname = $1`;
const OTHERS = `select from pg_stat_activity where datname = current_database()
  and backend_type = 'client backend' and pid <> pg_backend_pid()`;

/**
 * Rows that were looked at since the schema was made, by table. PostgreSQL counts what a session did at the latest
 * when it ends, so this waits until all others have ended.
 */
export async function countLooked(
  url: string,
  schema: string,
): Promise<ReadonlyMap<string, Looked>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    while ((await client.query(OTHERS)).rowCount !== 0);
    const { rows } = await client.query<Looked & { readonly table: string }>(COUNT, [schema]);
    return new Map(rows.map(({ table, scanned, found }) => [table, { scanned, found }]));
  } finally {
    await client.end();
  }
}

/** What `work` looked at, which ends the sessions that it opens; only tables that it looked at. */
export async function lookedAtBy(
  { url, schema }: { readonly url: string; readonly schema: string },
  work: () => Promise<void>,
): Promise<Readonly<Record<string, Looked>>> {
  const before = await countLooked(url, schema);
  await work();
  const after = await countLooked(url, schema);
  const tables = [...after].map(([table, { scanned, found }]) => {
    const from = before.get(table) ?? { scanned: 0, found: 0 };
    return [table, { scanned: scanned - from.scanned, found: found - from.found }] as const;
  });
  return Object.fromEntries(tables.filter(([, { scanned, found }]) => scanned + found > 0));
}
