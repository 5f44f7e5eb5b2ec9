import { expect, test } from 'vitest';
import { createDisk, openWorld } from './world.ts';

test('a passenger is shown as they were, by the name that they had then, and erased once it was erased', async () => {
  const disk = createDisk();
  const world = await openWorld(disk);
  world.start();
  const id = await world.checkIn(await world.newFlight(), 'Ada');
  await world.call('PATCH', `/passengers/${id}`, { body: { name: 'Grace' } });
  await world.board(id);
  const { items } = (await world.call('GET', `/passengers/${id}/history`)).body;
  const asItWas = async () => {
    const shown = [];
    for (const { position } of items) {
      const { body } = await world.call('GET', `/passengers/${id}?asOf=${position}`);
      shown.push([body.status, body.name]);
    }
    return shown;
  };
  expect(await asItWas()).toEqual([
    ['requested', 'Ada'],
    ['checked-in', 'Ada'],
    ['checked-in', 'Grace'],
    ['boarded', 'Grace'],
  ]);
  const before = BigInt(items[0].position) - 1n;
  expect((await world.call('GET', `/passengers/${id}?asOf=${before}`)).status).toBe(404);

  await disk.keys.erase(id);
  const erased = { erased: true };
  expect(await asItWas()).toEqual([
    ['requested', erased],
    ['checked-in', erased],
    ['checked-in', erased],
    ['boarded', erased],
  ]);
  await world.stop();
});
