import { type Clock, Fault, type LeaseStorage } from '@tidemark/core';
import { openSqlite } from './open-sqlite.ts';
import { encodeText } from './read-model-engine-values.ts';
import { faultOf } from './sqlite-faults.ts';

const CREATE_LEASES = `CREATE TABLE IF NOT EXISTS leases (
  name TEXT PRIMARY KEY, holder TEXT NOT NULL, expires_at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID`;
const TAKE = `INSERT INTO leases (name, holder, expires_at_ms) VALUES (?1, ?2, ?3)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at_ms = excluded.expires_at_ms
  WHERE holder = excluded.holder OR expires_at_ms <= ?4`;
const RELEASE = 'DELETE FROM leases WHERE name = ? AND holder = ?';

/**
 * Opens leases in a file, for the processes of one machine; they go by its clock. The file of the read models is
 * the place for them: a power failure may take the last changes, and they only save work.
 *
 * @throws STORE_UNAVAILABLE when the file cannot be opened.
 *
 * @example
 * const leases = createLeases(await openSqliteLeaseStorage('./data/flights.read.db'), { clock });
 */
export async function openSqliteLeaseStorage(
  path: string,
  options: { readonly clock?: Pick<Clock, 'now'> } = {},
): Promise<LeaseStorage> {
  const now = options.clock?.now ?? Date.now;
  const database = await openSqlite(path);
  let closed = false;
  const use = async <Result>(work: () => Result): Promise<Result> => {
    if (closed) throw new Fault('STORE_UNAVAILABLE', 'the leases are closed');
    try {
      return work();
    } catch (error) {
      throw faultOf(error);
    }
  };
  try {
    database.exec('PRAGMA synchronous = NORMAL');
    database.exec(CREATE_LEASES);
    const takeRow = database.prepare(TAKE);
    const releaseRow = database.prepare(RELEASE);
    return {
      take: (name, holder, expiresAfterMs) =>
        use(() => {
          const nowMs = Math.floor(now());
          const untilMs = Math.ceil(nowMs + expiresAfterMs);
          const { changes } = takeRow.run(encodeText(name), encodeText(holder), untilMs, nowMs);
          return Number(changes) === 1;
        }),
      release: (name, holder) =>
        use(() => {
          releaseRow.run(encodeText(name), encodeText(holder));
        }),
      close: async () => {
        if (closed) return;
        closed = true;
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw faultOf(error);
  }
}
