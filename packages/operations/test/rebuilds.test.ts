import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OperationsProblem } from '../src/index.ts';
import { ENGINES, type Storage } from './engines.ts';
import { createNotesWorld, type NotesWorld } from './notes-world.ts';

describe.each(ENGINES)('a rebuild on %s', (_, open) => {
  const at = { service: 'notes', readModel: 'notes' };
  let storage: Storage;
  let world: NotesWorld;

  beforeEach(async () => {
    storage = await open();
    world = await createNotesWorld(storage);
    await world.write('note-1', { type: 'NoteFiled', data: { folder: 'desk' } });
    await world.catchUp();
  });
  afterEach(() => storage.close());

  const status = () => world.client.call('getRebuild', { params: at });
  const take = (step: string) => world.client.call('changeRebuild', { params: { ...at, step } });
  const refusal = (call: Promise<unknown>) =>
    call.catch(({ problem }: { problem: OperationsProblem }) => [problem.status, problem.type]);

  test('is started, compared, switched to, and the build before it is dropped', async () => {
    expect(await status()).toMatchObject({
      state: 'idle',
      builds: [{ version: 3, build: 1, isInForce: true, checkpoint: '1' }],
    });
    expect((await take('start')).state).toBe('building');
    await world.untilRebuilt();
    expect(await status()).toMatchObject({
      state: 'ready',
      comparison: { isDone: true, rowsCompared: 1, rowsDiffering: 0 },
    });
    expect((await take('switch')).state).toBe('switched');
    const params = { ...at, version: '3', build: '1' };
    expect(await world.client.call('dropBuild', { params })).toMatchObject({
      state: 'idle',
      builds: [{ version: 3, build: 2, isInForce: true }],
    });
    expect(world.lines.filter(({ message }) => message.includes('operator'))).toHaveLength(3);
  });

  test('says why a step was not taken', async () => {
    expect(await refusal(take('switch'))).toEqual([409, 'nothing-started']);
    expect(await refusal(take('rollback'))).toEqual([409, 'nothing-kept']);
    await take('start');
    expect(await refusal(take('start'))).toEqual([409, 'already-started']);
    const params = { ...at, version: '3', build: '1' };
    expect(await refusal(world.client.call('dropBuild', { params }))).toEqual([409, 'in-force']);
    expect((await world.client.call('listReadModels', { params: at })).items[0]).toMatchObject({
      rebuild: 'building',
    });
    expect((await take('cancel')).state).toBe('idle');
  });
});
