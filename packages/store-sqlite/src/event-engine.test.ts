import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventEngine } from '@tidemark/core';
import { eventEngineContract } from '@tidemark/testing';
import { createSqliteEventEngine } from './event-engine.ts';

eventEngineContract({
  name: 'sqlite',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-sqlite-'));
    const opened: EventEngine[] = [];
    const openOne = async () => {
      const engine = await createSqliteEventEngine(join(folder, 'events.db'));
      opened.push(engine);
      return engine;
    };
    const engine = await openOne();
    return {
      engine,
      openSecond: openOne,
      reopen: async () => {
        await engine.close();
        return openOne();
      },
      close: async () => {
        for (const one of opened) await one.close();
        await rm(folder, { recursive: true });
      },
    };
  },
});
