import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ReadModelEngine, WHOLE } from '@tidemark/core';
import { readModelContract } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { openSqliteReadModels } from './read-model-engine.ts';

readModelContract({
  name: 'sqlite',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-read-'));
    const opened: ReadModelEngine[] = [];
    const openOne = async () => {
      const readModels = await openSqliteReadModels(join(folder, 'test.read.db'));
      opened.push(readModels);
      return readModels;
    };
    const readModels = await openOne();
    return {
      readModels,
      reopen: async () => {
        await readModels.close();
        return openOne();
      },
      openSecond: openOne,
      parking: true,
      slicing: true,
      builds: true,
      snapshots: true,
      close: async () => {
        for (const one of opened) await one.close();
        await rm(folder, { recursive: true });
      },
    };
  },
});

test('rows go into the file that was opened, also once the process works in another folder', async () => {
  const before = process.cwd();
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-read-'));
  const other = join(folder, 'other');
  await mkdir(other);
  try {
    process.chdir(folder);
    const readModels = await openSqliteReadModels('test.read.db');
    process.chdir(other);
    const table = await readModels.open({ name: 'seats', version: 1, indexes: {} });
    const rows = new Map([['1A', { free: 1 }]]);
    expect(await table.apply({ slice: WHOLE, from: 0n, to: 1n, rows })).toBe('applied');
    expect(await table.get('1A')).toEqual({ free: 1 });
    await readModels.close();
    expect(await readdir(other)).toEqual([]);
  } finally {
    process.chdir(before);
    await rm(folder, { recursive: true });
  }
});

test('read models in memory are refused: what writes them would see another memory', async () => {
  await expect(openSqliteReadModels(':memory:')).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
  });
});
