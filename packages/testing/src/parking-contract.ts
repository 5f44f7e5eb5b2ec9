import { expect } from 'vitest';
import {
  AT,
  ERROR,
  idsOf,
  itemOf,
  type ParkingCase,
  type ParkingSubject,
  READER,
  requestOf,
  waitingOf,
} from './parking-contract-case.ts';
import { parkingStorageCases } from './parking-contract-storage.ts';
import { type Contract, registerContract } from './register-contract.ts';

/** Every promise of the `Parking` port. */
export const parkingCases: readonly ParkingCase[] = [
  {
    name: 'a parked message comes back as it came, with its failure',
    run: async ({ parking }) => {
      const body = { text: 'a\0b "c" \u{1f600}', list: [1, null, {}] };
      const item = { id: 'a/b#1 ä\0\u0001', body };
      const error = 'it\0 \u0001 broke "here"';
      const request = { ...requestOf([]), reader: "o'\0", key: 'k\0 ', items: [item], error };
      expect(await parking.park(request)).toBe('parked');
      const parked = { key: 'k\0 ', first: item, since: AT, error, waiting: 0 };
      expect(await parking.find("o'\0", 'k\0 ')).toEqual(parked);
      expect(await parking.list("o'\0", 9)).toEqual([parked]);
      expect(await parking.parkedAmong("o'\0", ['k\0 ', 'k'])).toEqual(new Set(['k\0 ']));
    },
  },
  {
    name: 'what waits stands behind the first in the order in which it came',
    run: async ({ parking }) => {
      await parking.park(requestOf(['z', 'b', 'y']));
      expect(await parking.park(waitingOf(['a']))).toBe('parked');
      expect(await parking.park(waitingOf(['x', 'c']))).toBe('parked');
      expect(await idsOf(parking)).toEqual(['z', 'b', 'y', 'a', 'x', 'c']);
      expect(await parking.waitingIds(READER, 'a', 2)).toEqual(['b', 'y']);
      expect(await parking.find(READER, 'a')).toEqual({
        ...{ key: 'a', first: itemOf('z'), since: AT, error: ERROR, waiting: 5 },
      });
    },
  },
  {
    name: 'nothing waits under a key that is not parked',
    run: async ({ parking }) => {
      await parking.park(requestOf(['a1']));
      expect(await parking.park(waitingOf(['b1'], { key: 'b' }))).toBe('free');
      expect(await parking.park(waitingOf(['c1'], { reader: 'other' }))).toBe('free');
      expect(await parking.find(READER, 'b')).toBeUndefined();
      expect(await parking.find('other', 'a')).toBeUndefined();
      expect(await parking.parkedAmong(READER, ['a', 'b'])).toEqual(new Set(['a']));
      expect(await parking.parkedAmong('other', ['a'])).toEqual(new Set());
      expect(await parking.parkedAmong(READER, [])).toEqual(new Set());
    },
  },
  {
    name: 'a message that comes again stays where and as it is',
    run: async ({ parking }) => {
      await parking.park(requestOf(['1', '2', '2']));
      const again = { error: 'again', at: '2031-01-01T00:00:00.000Z' };
      expect(await parking.park(requestOf(['1'], again))).toBe('parked');
      expect(await parking.park(waitingOf(['1', '3', '2', '3']))).toBe('parked');
      expect(await parking.park(requestOf(['2'], again))).toBe('parked');
      expect(await idsOf(parking)).toEqual(['1', '2', '3']);
      expect(await parking.find(READER, 'a')).toMatchObject({ error: ERROR, since: AT });
    },
  },
  {
    name: 'a failure behind what is parked already waits like all others',
    run: async ({ parking }) => {
      await parking.park(requestOf(['1']));
      const other = { error: 'other', at: '2031-01-01T00:00:00.000Z' };
      expect(await parking.park(requestOf(['2'], other))).toBe('parked');
      expect(await parking.remove(READER, 'a', '1')).toBe(true);
      expect(await parking.find(READER, 'a')).toEqual({
        ...{ key: 'a', first: itemOf('2'), since: other.at, waiting: 0 },
      });
    },
  },
  {
    name: 'the same id under another key is another message',
    run: async ({ parking }) => {
      await parking.park(requestOf(['1']));
      await parking.park(requestOf(['1'], { key: 'b' }));
      expect(await parking.remove(READER, 'b', '1')).toBe(true);
      expect(await idsOf(parking, 'a')).toEqual(['1']);
      expect(await idsOf(parking, 'b')).toEqual([]);
    },
  },
  {
    name: 'bounds hold for a key and for a reader, and what passes them is not stored at all',
    run: async ({ parking }) => {
      const most = { ofKey: 3, ofReader: 4 };
      expect(await parking.park(requestOf(['1', '2', '3', '4'], { most }))).toBe('full');
      expect(await idsOf(parking)).toEqual([]);
      expect(await parking.park(requestOf(['1', '2'], { most }))).toBe('parked');
      expect(await parking.park(waitingOf(['3', '4'], { most }))).toBe('full');
      expect(await parking.park(waitingOf(['1', '2', '3'], { most }))).toBe('parked');
      expect(await parking.park(waitingOf(['1', '3'], { most }))).toBe('parked');
      expect(await parking.park(requestOf(['5', '6'], { key: 'b', most }))).toBe('full');
      expect(await parking.park(requestOf(['5'], { key: 'b', most }))).toBe('parked');
      expect(await parking.park(requestOf(['6'], { key: 'c', most }))).toBe('full');
      expect(await parking.park(requestOf(['6'], { reader: 'other', most }))).toBe('parked');
      expect(await idsOf(parking)).toEqual(['1', '2', '3']);
      await parking.remove(READER, 'a', '1');
      expect(await parking.park(requestOf(['6'], { key: 'c', most }))).toBe('parked');
    },
  },
  {
    name: 'only the first message of a key is taken off, and with the last the key is free',
    run: async ({ parking }) => {
      await parking.park(requestOf(['1', '2']));
      expect(await parking.remove(READER, 'a', '2')).toBe(false);
      expect(await parking.remove(READER, 'b', '1')).toBe(false);
      expect(await parking.remove('other', 'a', '1')).toBe(false);
      expect(await idsOf(parking)).toEqual(['1', '2']);
      expect(await parking.remove(READER, 'a', '1')).toBe(true);
      expect(await parking.remove(READER, 'a', '1')).toBe(false);
      expect(await idsOf(parking)).toEqual(['2']);
      expect(await parking.remove(READER, 'a', '2')).toBe(true);
      expect(await parking.find(READER, 'a')).toBeUndefined();
      expect(await parking.list(READER, 9)).toEqual([]);
      expect(await parking.park(waitingOf(['3']))).toBe('free');
      expect(await parking.park(requestOf(['1', '3']))).toBe('parked');
      expect(await idsOf(parking)).toEqual(['1', '3']);
    },
  },
  {
    name: 'a failure is noted at the first message of a key, and stays there',
    run: async ({ parking }) => {
      await parking.park(requestOf(['1', '2']));
      const error = 'worse';
      expect(await parking.note(READER, 'a', { id: '2', error })).toBe(false);
      expect(await parking.note(READER, 'b', { id: '1', error })).toBe(false);
      expect((await parking.find(READER, 'a'))?.error).toBe(ERROR);
      expect(await parking.note(READER, 'a', { id: '1', error })).toBe(true);
      expect(await parking.find(READER, 'a')).toMatchObject({ error, since: AT });
      await parking.remove(READER, 'a', '1');
      expect(await parking.find(READER, 'a')).toEqual({
        ...{ key: 'a', first: itemOf('2'), since: AT, waiting: 0 },
      });
      await parking.note(READER, 'a', { id: '2', error });
      expect(await parking.find(READER, 'a')).toMatchObject({ error, since: AT });
    },
  },
  {
    name: 'keys are listed in the order of their bytes, page by page',
    run: async ({ parking }) => {
      const keys = ['b', 'B', '', 'ä', 'a', '\u{1f600}', '\uffee', 'a\0', 'a\u0001', 'aa'];
      for (const key of keys) await parking.park(requestOf(['1', '2'], { key }));
      await parking.park(requestOf(['1'], { reader: 'other', key: 'c' }));
      const found: string[] = [];
      for (let after: string | undefined; ; ) {
        const page = await parking.list(READER, 3, after);
        found.push(...page.map(({ key }) => key));
        expect(page.every(({ waiting, first }) => waiting === 1 && first.id === '1')).toBe(true);
        after = page.at(-1)?.key;
        if (page.length < 3) break;
      }
      const inBytes = (one: string, other: string) =>
        Buffer.compare(Buffer.from(one), Buffer.from(other));
      expect(found).toEqual([...keys].sort(inBytes));
    },
  },
  ...parkingStorageCases,
  {
    name: 'after closing, every call is a fault',
    run: async ({ parking }) => {
      await parking.close();
      await parking.close();
      const calls: readonly (() => Promise<unknown>)[] = [
        () => parking.park(requestOf(['1'])),
        () => parking.find(READER, 'a'),
        () => parking.list(READER, 1),
        () => parking.parkedAmong(READER, ['a']),
        () => parking.waitingIds(READER, 'a', 1),
        () => parking.remove(READER, 'a', '1'),
        () => parking.note(READER, 'a', { id: '1', error: ERROR }),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      }
    },
  },
];

/**
 * Registers the contract of a place for parked messages as Vitest tests.
 *
 * @example
 * parkingContract({ name: 'memory', open: async () => openMemorySubject() });
 */
export function parkingContract(contract: Contract<ParkingSubject>): void {
  registerContract('parking', parkingCases, contract);
}
