import type { EventEngine } from '@tidemark/core';
import { expect } from 'vitest';
import { appendOf, newEvent, newEvents } from './event-builders.ts';
import {
  type EventEngineCase,
  readWholeLog,
  required,
  store,
} from './event-engine-contract-case.ts';

const NOON_MS = Date.UTC(2030, 0, 1, 12);
const HOUR_MS = 3_600_000;

/** How far behind noon each event of the log was recorded, in milliseconds. */
async function timesBehindNoon(engine: EventEngine): Promise<readonly number[]> {
  const events = await readWholeLog(engine);
  return events.map(({ recordedAt }) => Date.parse(recordedAt) - NOON_MS);
}

/** When events are recorded. `positionAt` halves the log by these times. */
export const timeCases: readonly EventEngineCase[] = [
  {
    name: 'recordedAt is what the clock shows, to the millisecond',
    needs: 'setClock',
    run: async (subject) => {
      for (const ms of [0, 1, HOUR_MS + 7]) {
        await required(subject.setClock)(NOON_MS + ms);
        await store(subject.engine, appendOf([newEvent('door-1')]));
      }
      expect(await timesBehindNoon(subject.engine)).toEqual([0, 1, HOUR_MS + 7]);
    },
  },
  {
    name: 'recordedAt never falls in the order of the log, though the clock is set back',
    needs: 'setClock',
    run: async (subject) => {
      const { engine } = subject;
      const setClock = required(subject.setClock);
      await setClock(NOON_MS);
      await store(engine, appendOf([newEvent('door-1')]));
      await setClock(NOON_MS - HOUR_MS);
      await engine.commit([appendOf(newEvents('door-1', 2)), appendOf([newEvent('door-2')])]);
      await setClock(NOON_MS - 1);
      await store(engine, appendOf([newEvent('door-3')]));
      await setClock(NOON_MS + 1);
      await store(engine, appendOf([newEvent('door-1')]));
      expect(await timesBehindNoon(engine)).toEqual([0, 0, 0, 0, 0, 1]);
    },
  },
  {
    name: 'an engine opened again records nothing earlier than what is in the log',
    needs: ['setClock', 'reopen'],
    run: async (subject) => {
      await required(subject.setClock)(NOON_MS);
      await store(subject.engine, appendOf(newEvents('door-1', 3)));
      await required(subject.setClock)(NOON_MS - HOUR_MS);
      const engine = await required(subject.reopen)();
      await store(engine, appendOf([newEvent('door-2')]));
      expect(await timesBehindNoon(engine)).toEqual([0, 0, 0, 0]);
    },
  },
  {
    name: 'of two engines none records anything earlier than what the other has written',
    needs: ['setClock', 'openSecond'],
    run: async (subject) => {
      const setClock = required(subject.setClock);
      const first = subject.engine;
      const second = await required(subject.openSecond)();
      // Each writes once before, so that it has something to remember.
      const turns = [
        [first, 0],
        [second, 1],
        [first, 5],
        [second, 2],
        [second, 9],
        [first, 3],
      ] as const;
      for (const [engine, ms] of turns) {
        await setClock(NOON_MS + ms);
        await store(engine, appendOf([newEvent('door-1')]));
        const times = await timesBehindNoon(engine);
        expect(times).toEqual([...times].sort((one, other) => one - other));
      }
      expect(await timesBehindNoon(first)).toEqual([0, 1, 5, 5, 9, 9]);
      expect(await timesBehindNoon(second)).toEqual([0, 1, 5, 5, 9, 9]);
    },
  },
];
