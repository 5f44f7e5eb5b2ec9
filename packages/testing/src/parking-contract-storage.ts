import type { Parking } from '@tidemark/core';
import { expect } from 'vitest';
import {
  AT,
  idsOf,
  itemOf,
  type ParkingCase,
  READER,
  requestOf,
  waitingOf,
} from './parking-contract-case.ts';

/** What holds over a restart, and for several who work on one place. */
export const parkingStorageCases: readonly ParkingCase[] = [
  {
    name: 'what is parked, and what no longer is, is so after opening again',
    needs: 'reopen',
    run: async ({ parking, reopen }) => {
      await parking.park(requestOf(['1', '2', '3']));
      await parking.park(requestOf(['1'], { key: 'b' }));
      await parking.remove(READER, 'a', '1');
      await parking.remove(READER, 'b', '1');
      const error = 'worse';
      await parking.note(READER, 'a', { id: '2', error });
      const again = await (reopen as () => Promise<Parking>)();
      expect(await again.list(READER, 9)).toEqual([
        { key: 'a', first: itemOf('2'), since: AT, error, waiting: 1 },
      ]);
      expect(await again.park(waitingOf(['4']))).toBe('parked');
      expect(await idsOf(again)).toEqual(['2', '3', '4']);
    },
  },
  {
    name: 'what one parks, another beside it sees at once',
    needs: 'openSecond',
    run: async ({ parking, openSecond }) => {
      const second = await (openSecond as () => Promise<Parking>)();
      expect(await second.parkedAmong(READER, ['a'])).toEqual(new Set());
      await parking.park(requestOf(['1']));
      expect(await second.parkedAmong(READER, ['a'])).toEqual(new Set(['a']));
      expect(await second.park(requestOf(['1', '2']))).toBe('parked');
      expect(await idsOf(parking)).toEqual(['1', '2']);
      await second.remove(READER, 'a', '1');
      await second.remove(READER, 'a', '2');
      expect(await parking.park(waitingOf(['3']))).toBe('free');
    },
  },
  {
    name: 'two that park the same messages at the same time park each once',
    needs: 'openSecond',
    run: async ({ parking, openSecond }) => {
      const second = await (openSecond as () => Promise<Parking>)();
      const both = [parking, second];
      await Promise.all(
        Array.from({ length: 40 }, (_, n) => both[n % 2]?.park(requestOf([`${n >> 1}`]))),
      );
      const ids = await idsOf(parking);
      expect(ids).toHaveLength(20);
      expect(new Set(ids).size).toBe(20);
    },
  },
  {
    name: 'no message is left behind when the last one is taken off while another comes',
    needs: 'openSecond',
    run: async ({ parking, openSecond }) => {
      const second = await (openSecond as () => Promise<Parking>)();
      for (let n = 0; n < 20; n += 1) {
        const key = `key ${n}`;
        await parking.park(requestOf(['1'], { key }));
        const [removed, came] = await Promise.all([
          parking.remove(READER, key, '1'),
          second.park(waitingOf(['2'], { key })),
        ]);
        expect(removed).toBe(true);
        // Either it waits, or it was told that it need not.
        expect(await idsOf(parking, key)).toEqual(came === 'parked' ? ['2'] : []);
      }
    },
  },
  {
    name: 'of two that take the same message off at the same time, one does',
    needs: 'openSecond',
    run: async ({ parking, openSecond }) => {
      const second = await (openSecond as () => Promise<Parking>)();
      const ids = Array.from({ length: 20 }, (_, n) => String(n));
      await parking.park(requestOf(ids));
      for (const id of ids) {
        const removed = await Promise.all([
          parking.remove(READER, 'a', id),
          second.remove(READER, 'a', id),
        ]);
        expect(removed.filter(Boolean)).toHaveLength(1);
      }
      expect(await idsOf(parking)).toEqual([]);
    },
  },
  {
    name: 'bounds hold for several who park at the same time',
    needs: 'openSecond',
    run: async ({ parking, openSecond }) => {
      const second = await (openSecond as () => Promise<Parking>)();
      const most = { ofKey: 100, ofReader: 10 };
      const both = [parking, second];
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          both[n % 2]?.park(requestOf(['1'], { key: `key ${n}`, most })),
        ),
      );
      expect(answers.filter((answer) => answer === 'parked')).toHaveLength(10);
      expect(await parking.list(READER, 100)).toHaveLength(10);
    },
  },
];
