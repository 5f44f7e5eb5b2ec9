import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadModelEngine } from '@tidemark/core';
import { readModelContract } from '@tidemark/testing';
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
