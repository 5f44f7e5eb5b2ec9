import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite, type SqliteDatabase } from '../src/open-sqlite.ts';

/** Two connections to one new file, as two processes have them. */
export interface ConnectionPair {
  readonly mine: SqliteDatabase;
  readonly other: SqliteDatabase;
  /** Closes both, and removes the file. */
  readonly close: () => Promise<void>;
}

export async function openConnectionPair(): Promise<ConnectionPair> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-pair-'));
  const mine = await openSqlite(join(folder, 'some.db'));
  const other = await openSqlite(join(folder, 'some.db'));
  const close = async () => {
    mine.close();
    other.close();
    await rm(folder, { recursive: true });
  };
  return { mine, other, close };
}
