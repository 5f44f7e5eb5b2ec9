import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventEngine } from '@tidemark/core';
import { eventEngineContract } from '@tidemark/testing';
import { createSqliteEventEngine } from './event-engine.ts';
import { closeSqlite, openSqlite } from './open-sqlite.ts';

const DAMAGES = {
  changed: `UPDATE events SET data = '{"n":"changed"}' WHERE pos = `,
  lost: 'DELETE FROM events WHERE pos = ',
};

eventEngineContract({
  name: 'sqlite',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-sqlite-'));
    const opened: EventEngine[] = [];
    let atMs: number | undefined;
    const clock = { now: () => atMs ?? Date.now() };
    const openOne = async () => {
      const engine = await createSqliteEventEngine(join(folder, 'events.db'), { clock });
      opened.push(engine);
      return engine;
    };
    const engine = await openOne();
    return {
      engine,
      openSecond: openOne,
      tells: true,
      verifies: true,
      setClock: async (nowMs) => {
        atMs = nowMs;
      },
      reopen: async () => {
        await engine.close();
        return openOne();
      },
      damage: async (position, how) => {
        const database = await openSqlite(join(folder, 'events.db'));
        database.exec(DAMAGES[how] + position);
        closeSqlite(database);
      },
      close: async () => {
        for (const one of opened) await one.close();
        await rm(folder, { recursive: true });
      },
    };
  },
});
