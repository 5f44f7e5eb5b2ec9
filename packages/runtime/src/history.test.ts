import { ERASED } from '@tidemark/core';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { describe, expect, test } from 'vitest';
import { asked, counter, counterCodec, increment } from '../test/counter.ts';
import { createEventStore } from './event-store.ts';
import { createCommandHandler } from './handle-command.ts';
import { openPersonal, readHistory } from './history.ts';
import { createMemoryKeys } from './memory-keys.ts';

async function setUp() {
  const keys = createMemoryKeys();
  const store = createEventStore(createMemoryEventEngine());
  const counters = createCommandHandler({ store, keys, aggregate: counter });
  for (const by of [1, 2, 3]) await counters.handle('1', increment(by), asked());
  await counters.handle('1', { type: 'Own', data: { owner: 'person-1', name: 'Ada' } }, asked());
  const read = (from: number, limit: number) =>
    readHistory({ store, keys, codec: counterCodec }, { stream: 'counter-1', from, limit });
  return { keys, store, read };
}

describe('history', () => {
  test('comes in pages that say where to go on, until the last', async () => {
    const { read } = await setUp();
    const first = await read(0, 2);
    expect(first.items.map(({ data }) => data)).toEqual([{ by: 1 }, { by: 2 }]);
    expect(first.nextRevision).toBe(2);
    const last = await read(2, 2);
    expect(last.items.map(({ type }) => type)).toEqual(['Incremented', 'Owned']);
    expect(last).not.toHaveProperty('nextRevision');
  });

  test('shows personal data opened, and erased once it was erased', async () => {
    const { keys, read } = await setUp();
    const name = async () => (await read(3, 1)).items[0]?.data.name;
    expect(await name()).toBe('Ada');
    await keys.erase('person-1');
    expect(await name()).toEqual(ERASED);
  });

  test('of a stream that does not exist is empty', async () => {
    const { keys, store } = await setUp();
    const page = { stream: 'counter-none', from: 0, limit: 10 } as const;
    expect(await readHistory({ store, keys, codec: counterCodec }, page)).toEqual({ items: [] });
  });
});

describe('opening rows', () => {
  test('fetches the key of each subject once, and none when nothing is sealed', async () => {
    const keys = createMemoryKeys();
    const ring = await keys.ensure(['person-1', 'person-2']);
    const seal = (subject: string, value: string) => ring.get(subject)?.seal(value);
    const fetched: (readonly string[])[] = [];
    const counting: typeof keys = {
      ...keys,
      fetch: (subjects) => {
        fetched.push(subjects);
        return keys.fetch(subjects);
      },
    };
    const rows = [
      { name: seal('person-1', 'Ada'), nick: seal('person-1', 'A.') },
      { name: seal('person-2', 'Bo') },
    ];
    await keys.erase('person-2');
    expect(await openPersonal(counting, rows)).toEqual([
      { name: 'Ada', nick: 'A.' },
      { name: ERASED },
    ]);
    expect(await openPersonal(counting, { plain: 1 })).toEqual({ plain: 1 });
    expect(fetched).toEqual([['person-1', 'person-2']]);
  });
});
