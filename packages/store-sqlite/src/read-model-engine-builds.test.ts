import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WHOLE } from '@tidemark/core';
import { afterAll, expect, test } from 'vitest';
import { openSqlite } from './open-sqlite.ts';
import { openSqliteReadModels } from './read-model-engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-builds-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SHAPE = { name: 'test-rows', version: 3, indexes: { by_size: ['size'] } } as const;

/** As version 0.1 left it: one table for each version, and nothing that is called a build. */
async function writeFileWithoutBuilds(path: string): Promise<void> {
  const database = await openSqlite(path);
  for (const sql of [
    `CREATE TABLE read_models (name TEXT NOT NULL, version INTEGER NOT NULL, indexes TEXT NOT NULL,
      PRIMARY KEY (name, version)) WITHOUT ROWID`,
    `CREATE TABLE read_model_slices (table_name TEXT NOT NULL, slice TEXT NOT NULL, position INTEGER NOT NULL,
      PRIMARY KEY (table_name, slice)) WITHOUT ROWID`,
    `CREATE TABLE rm_test_rows_3 (key TEXT PRIMARY KEY NOT NULL, row TEXT NOT NULL, "c0_size" NOT NULL)`,
    'CREATE INDEX "rm_test_rows_3_i0_by_size" ON rm_test_rows_3 ("c0_size", key)',
    `INSERT INTO read_models VALUES ('test-rows', 3, '[["by_size",["size"]]]')`,
    `INSERT INTO read_model_slices VALUES ('rm_test_rows_3', '0/1', 41)`,
    `INSERT INTO rm_test_rows_3 VALUES ('a', '{"id":"a","size":2}', 2)`,
  ]) {
    database.exec(sql);
  }
  database.close();
}

test('a file from before there were builds has its rows in force as the first build', async () => {
  const path = join(folder, 'before.read.db');
  await writeFileWithoutBuilds(path);
  const readModels = await openSqliteReadModels(path);
  const table = await readModels.open<{ id: string; size: number }>(SHAPE);
  expect(await table.get('a')).toEqual({ id: 'a', size: 2 });
  expect(await table.checkpoint(WHOLE)).toBe(41n);
  const first = { version: 3, build: 1, isInForce: true, checkpoint: 41n };
  expect(await readModels.builds?.list('test-rows')).toEqual([first]);
  expect(await readModels.builds?.add(SHAPE, '2030-01-01T00:00:00.000Z')).toBe('added');
  const second = await readModels.open<{ id: string; size: number }>(SHAPE, 2);
  expect((await second.find({ index: 'by_size', equals: [], limit: 9 })).items).toEqual([]);
  await readModels.close();
});

test('a table that is dropped while another connection has its statements ready is gone for it too', async () => {
  const path = join(folder, 'dropped.read.db');
  const [one, other] = [await openSqliteReadModels(path), await openSqliteReadModels(path)];
  await one.open(SHAPE);
  await one.builds?.add(SHAPE, '2030-01-01T00:00:00.000Z');
  const table = await other.open<{ id: string; size: number }>(SHAPE, 2);
  const asked = { index: 'by_size', equals: [], limit: 9 };
  expect((await table.find(asked)).items).toEqual([]);
  const which = { ...SHAPE, build: 2, isInForce: false };
  expect(await one.builds?.drop(which)).toBe('dropped');
  const dropped = { code: 'READ_MODEL_DROPPED' };
  await expect(table.find(asked)).rejects.toMatchObject(dropped);
  await expect(table.parking?.load(['a'])).rejects.toMatchObject(dropped);
  const rows = new Map([['a', { id: 'a', size: 1 }]]);
  const step = { slice: WHOLE, from: 0n, to: 1n, rows };
  await expect(table.apply(step)).rejects.toMatchObject(dropped);
  for (const engine of [one, other]) await engine.close();
});
