import { createMemoryEventEngine, createMemoryKeyStorage } from '@tidemark/store-memory';
import { expect, test } from 'vitest';
import { createErasedList } from './erased-list.ts';
import { createKeys } from './keys.ts';

const SECRET = 'a secret for tests, long enough to be taken';

test('the list holds every subject once, whatever its characters, in the order of the erasures', async () => {
  const list = createErasedList(createMemoryEventEngine());
  const odd = ['person-1', 'a\0b', 'a b', "a'", 'x'.repeat(500), 'á', 'a\u0301'];
  await list.add(odd.slice(0, 3));
  await list.add(odd);
  const { erased, scannedTo } = await list.read(0n, 100);
  expect(erased.map(({ subject }) => subject)).toEqual(odd);
  expect(await list.read(scannedTo, 100)).toEqual({ erased: [], scannedTo });
  expect((await list.read(1n, 2)).erased.map(({ position }) => position)).toEqual([2n, 3n]);
});

test('an erasure that the list cannot take is not done, is told so, and can be repeated', async () => {
  const engine = createMemoryEventEngine();
  let isDown = false;
  const commit: typeof engine.commit = async (batch) => {
    if (isDown) throw Object.assign(new Error('down'), { code: 'OUTCOME_UNKNOWN' });
    return engine.commit(batch);
  };
  const erased = createErasedList({ ...engine, commit });
  const keys = await createKeys(createMemoryKeyStorage(), { secret: SECRET, erased });
  await keys.ensure(['person-1']);
  isDown = true;
  await expect(keys.erase('person-1')).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE' });
  expect((await keys.fetch(['person-1'])).size).toBe(1);
  isDown = false;
  expect(await keys.erase('person-1')).toBe('erased');
  expect((await erased.read(0n, 10)).erased).toHaveLength(1);
});

test('a thousand erasures later, an opening reads only what came after them', async () => {
  const engine = createMemoryEventEngine();
  const storage = createMemoryKeyStorage();
  const erased = { ...createErasedList(engine), close: async () => {} };
  const keys = await createKeys(storage, { secret: SECRET, erased });
  for (let n = 1; n <= 1_001; n += 1) await keys.erase(`person-${n}`);
  expect(await storage.listMark()).toEqual({ position: 1_000n, subject: 'person-1000' });
  await keys.close();
  const pages: bigint[] = [];
  const read: typeof erased.read = (after, limit) => {
    pages.push(after);
    return erased.read(after, limit);
  };
  await createKeys(storage, { secret: SECRET, erased: { ...erased, read } });
  expect(pages).toEqual([999n, 1_000n, 1_001n]);
});
