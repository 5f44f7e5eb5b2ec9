import { isFault, LIMITS, type Placed, type ReadModel } from '@tidemark/core';
import { describe, expect, test } from 'vitest';
import type { CounterEvent } from '../test/counter.ts';
import { catchUp, createTotals, createTotalsWorld } from '../test/totals-world.ts';
import { onlyStorable } from './storable-rows.ts';

interface Note {
  readonly id: string;
  readonly title?: unknown;
  readonly mood?: unknown;
  readonly body?: unknown;
}

const notes: ReadModel<CounterEvent, Note> = {
  name: 'notes',
  version: 1,
  indexes: { byMood: ['mood', 'title'], byTitle: ['title'] },
  categories: ['counter'],
  key: () => [],
  evolve: (row) => row,
};
const PLACED = {} as Placed<CounterEvent>;
const FILLED = 'x'.repeat(LIMITS.indexEntryBytes - 21);

/** What is said of a row with the key `k`. */
function refusalOf(row: Note, key = 'k'): string {
  return said(() => onlyStorable({ ...notes, evolve: () => row }).evolve(undefined, PLACED, key));
}

function refusalOfKey(key: string): string {
  return said(() => onlyStorable({ ...notes, key: () => ['well', key] }).key(PLACED));
}

function said(work: () => unknown): string {
  try {
    work();
    return 'nothing';
  } catch (error) {
    return isFault(error, 'CONFIGURATION_INVALID') ? error.message : `another error: ${error}`;
  }
}

describe('a row', () => {
  test('may be as large as it likes where no index looks, and have as much in each index as fits', () => {
    expect(refusalOf({ id: 'k', body: 'x'.repeat(10_000) })).toBe('nothing');
    expect(refusalOf({ id: 'k', title: FILLED })).toBe('nothing');
    expect(refusalOf({ id: 'k', title: '\u00e9'.repeat(589), mood: 1 })).toBe('nothing');
  });

  test('with more in an index than fits is refused by the name of the index', () => {
    expect(refusalOf({ id: 'k', title: `${FILLED}x` })).toBe(
      'the index byMood with the row key: at most 1200 bytes of UTF-8, found 1201',
    );
    expect(refusalOf({ id: 'k', title: 'x'.repeat(600), mood: 'y'.repeat(600) })).toContain(
      'byMood',
    );
    expect(refusalOf({ id: 'k', title: '\u00e9'.repeat(590) })).toContain('found 1201');
    expect(refusalOf({ id: 'k', title: FILLED }, 'key')).toContain('found 1202');
  });

  test('with an indexed field that no index holds is refused by the name of the field', () => {
    expect(refusalOf({ id: 'k', mood: { happy: true } })).toContain('"mood"');
    expect(refusalOf({ id: 'k', title: Number.NaN })).toContain('"title"');
  });

  test('that is deleted or stays as it was is not looked at', () => {
    const before: Note = { id: 'k', title: `${FILLED}xx` };
    const kept = onlyStorable({ ...notes, evolve: (row) => row });
    expect(kept.evolve(before, PLACED, 'k')).toBe(before);
    expect(onlyStorable({ ...notes, evolve: () => undefined }).evolve(before, PLACED, 'k')).toBe(
      undefined,
    );
  });
});

test('a key that cannot be told from others, or is larger than an index holds, is refused', () => {
  expect(refusalOfKey('a\ud800')).toContain('half a surrogate pair');
  expect(refusalOfKey('x'.repeat(LIMITS.indexEntryBytes))).toBe('nothing');
  expect(refusalOfKey('x'.repeat(LIMITS.indexEntryBytes + 1))).toContain('found 1201');
  expect(refusalOfKey('\ud83e\udd80'.repeat(301))).toContain('found 1204');
});

test('a row that cannot be stored is parked, and those of the same step are stored', async () => {
  const world = createTotalsWorld();
  const sums = createTotals(() => false);
  const readModel: typeof sums = {
    ...sums,
    indexes: { byId: ['id'] },
    evolve: (row, placed, key) => {
      const next = sums.evolve(row, placed, key);
      return key === 'counter-2' && next ? { ...next, id: 'x'.repeat(2_000) } : next;
    },
  };
  for (const id of ['1', '2', '3', '2']) await world.add(id, 1);
  const live = await world.open({ readModel });
  await catchUp(world, live);
  expect(await live.get('counter-1')).toMatchObject({ total: 1 });
  expect(await live.get('counter-3')).toMatchObject({ total: 1 });
  const [parked] = await live.parked.list(9);
  expect(parked).toMatchObject({ key: 'counter-2', position: 2n, waiting: 1 });
  expect(parked?.error).toContain('the index byId');
  expect(await live.parked.retry('counter-2')).toMatchObject({ position: 2n });
});
