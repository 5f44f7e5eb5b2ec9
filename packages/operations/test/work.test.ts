import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OperationsProblem } from '../src/index.ts';
import { damageRow, ENGINES, openSqliteStorage, type Storage } from './engines.ts';
import { createNotesWorld, type NoteEvent, type NotesWorld } from './notes-world.ts';

const written = (personId: string): NoteEvent => ({
  type: 'NoteWritten',
  data: { personId, text: `secret of ${personId}` },
});
const filed = (folder: string): NoteEvent => ({ type: 'NoteFiled', data: { folder } });

let storage: Storage;
let world: NotesWorld;
afterEach(async () => {
  await world.operations.stop();
  await storage.close();
});

/** Asks for a task until it has ended. */
async function ended(id: string) {
  for (;;) {
    const task = await world.client.call('getTask', { params: { id } });
    if (task.state !== 'running') return task;
    await new Promise(setImmediate);
  }
}

const verify = async (service = 'notes') => {
  const { id } = await world.client.call('verifyLog', { params: { service } });
  return ended(id);
};
const unsound = (result: unknown): readonly string[] =>
  (result as { checks: { check: string; isSound: boolean }[] }).checks
    .filter(({ isSound }) => !isSound)
    .map(({ check }) => check);

describe.each(ENGINES)('work on %s', (_, open) => {
  beforeEach(async () => {
    storage = await open();
    world = await createNotesWorld(storage);
  });

  test('a whole log is verified as sound, with figures and how far it is', async () => {
    await world.write('note-1', written('ann'), filed('desk'));
    await world.write('note-2', filed('desk'));
    const task = await verify();
    expect(task).toMatchObject({
      kind: 'verify',
      subject: 'notes',
      state: 'done',
      progress: { done: 3, total: 3 },
      result: { verdict: 'sound', events: 3, streams: 2 },
    });
    expect(unsound(task.result)).toEqual([]);
    expect((await verify('other')).result).toMatchObject({ verdict: 'sound', events: 0 });
    const { items } = await world.client.call('listTasks');
    expect(items.map(({ subject }) => subject)).toEqual(['other', 'notes']);
  });

  test('an event that its service cannot read makes a log unsound', async () => {
    await world.write('note-1', filed('desk'));
    const cause = { correlationId: 'c', causationId: 'c', actor: 'test' };
    const odd = { id: 'odd', stream: 'note-1', data: {}, cause } as const;
    await storage.engine.commit([
      { events: [{ ...odd, type: 'NoteFiled', schema: 9 }], conditions: [] },
      { events: [{ ...odd, id: 'beside', type: 'Foreign', schema: 1 }], conditions: [] },
    ]);
    const { result } = await verify();
    expect(unsound(result)).toEqual(['every event has its shape']);
    expect(JSON.stringify(result)).toContain('NoteFiled EVENT_SCHEMA_UNKNOWN (1)');
  });

  test('an erasure deletes the key and reports what cannot be read any more', async () => {
    await world.write('note-1', written('ann'), written('bob'));
    const { id } = await world.client.call('eraseSubject', { body: { subject: 'ann' } });
    expect(await ended(id)).toMatchObject({
      state: 'done',
      result: {
        outcome: 'erased',
        services: [
          { service: 'notes', events: 1, fields: [{ type: 'NoteWritten', field: 'text' }] },
          { service: 'other', events: 0 },
        ],
      },
    });
    const params = { service: 'notes', stream: 'note-1' };
    const { items } = await world.client.call('readStream', { params, query: { open: 'true' } });
    expect(items.map(({ data }) => data.text)).toEqual([{ erased: true }, 'secret of bob']);
  });

  test('what is held of a subject is counted, and nothing changes', async () => {
    await world.write('note-1', written('ann'), written('bob'));
    const { id } = await world.client.call('countHoldings', { body: { subject: 'ann' } });
    const field = { type: 'NoteWritten', field: 'text', events: 1 };
    expect(await ended(id)).toMatchObject({
      ...{ kind: 'count', subject: 'ann', state: 'done' },
      result: { services: [{ service: 'notes', events: 1, fields: [field] }, { events: 0 }] },
    });
    const params = { service: 'notes', stream: 'note-1' };
    const { items } = await world.client.call('readStream', { params, query: { open: 'true' } });
    expect(items[0]?.data.text).toBe('secret of ann');
  });

  test('an export holds what is kept about a subject, and says when it is whole', async () => {
    await world.write('note-1', written('ann'), written('bob'));
    const received = [];
    for await (const { event, data } of world.client.follow('exportSubject', {
      body: { subject: 'ann' },
    })) {
      received.push([event, data]);
    }
    expect(received).toMatchObject([
      ['record', { kind: 'event', type: 'NoteWritten', data: { text: 'secret of ann' } }],
      ['end', { records: 1 }],
    ]);
    expect(world.lines.map(({ message }) => message)).toEqual([
      'an operator exports what is kept about a data subject',
    ]);
  });

  test('timers are listed, of one process earliest first, page by page of all', async () => {
    const timerOf = (id: string, owner: string, dueAtMs: number) => ({
      ...{ id, owner, dueAtMs, input: { type: 'Late', data: { id } } },
    });
    await storage.timers.set([timerOf('a', 'p', 3_000), timerOf('b', 'p', 1_000)]);
    await storage.timers.set([timerOf('c', 'q', 2_000)]);
    const list = async (query: Record<string, string>) => {
      const page = await world.client.call('listTimers', { params: { service: 'notes' }, query });
      return { ids: page.items.map(({ id }) => id), ...page };
    };
    expect(await list({ owner: 'p' })).toMatchObject({ ids: ['b', 'a'] });
    const first = await list({ limit: '2' });
    const rest = await list({ limit: '2', after: first.next ?? '' });
    expect([...first.ids, ...rest.ids].sort()).toEqual(['a', 'b', 'c']);
    expect(first.items.find(({ id }) => id === 'a') ?? rest.items[0]).toMatchObject({
      dueAt: '1970-01-01T00:00:03.000Z',
      input: { type: 'Late', data: { id: 'a' } },
    });
  });

  describe('a consumer', () => {
    const at = { service: 'other', consumer: 'inbox/other' };

    test('tells how far it is; what it set aside is inspected, tried again, or left out', async () => {
      await world.write('note-1', filed('cellar'), filed('desk'));
      await world.write('note-2', filed('cellar'));
      await world.deliver();
      await world.write('note-3', filed('desk'));
      const { items } = await world.client.call('listConsumers', { params: { service: 'other' } });
      expect(items).toEqual([
        {
          name: 'inbox/other',
          checkpoints: [{ service: 'notes', position: '3', lag: 1 }],
          parked: 2,
          canReplay: true,
          replays: [],
        },
      ]);
      const parked = await world.client.call('listParkedMessages', {
        params: at,
        query: { limit: '1' },
      });
      expect(parked).toMatchObject({
        items: [{ key: 'note-1', error: 'it is dark there', waiting: 1 }],
        next: 'note-1',
      });
      const inspected = await world.client.call('inspectParkedMessage', {
        params: at,
        query: { key: 'note-1' },
      });
      expect(inspected).toMatchObject({ type: 'notes.log', data: { stream: 'note-1' } });
      expect(inspected.waitingIds).toHaveLength(1);

      const retry = (key: string) =>
        world.client.call('retryParkedMessage', { params: at, body: { key } });
      expect(await retry('note-1')).toMatchObject({ parked: { id: inspected.id } });
      const body = { key: 'note-1', id: inspected.id };
      expect(await world.client.call('skipParkedMessage', { params: at, body })).toEqual({});
      expect(world.heard).toEqual(['e2']);
      world.sick.isBroken = false;
      expect(await retry('note-2')).toEqual({});
      expect(world.heard).toEqual(['e2', 'e3']);
    });

    test('is fed old messages again from a position, and refuses what it does not listen to', async () => {
      await world.write('note-1', filed('desk'), filed('desk'));
      await world.deliver();
      const replay = (body: { from: string; position?: string }) =>
        world.client.call('replayMessages', { params: at, body });
      expect(await replay({ from: 'notes', position: '2' })).toMatchObject({
        from: '2',
        upTo: '2',
      });
      await world.write('note-1', filed('desk'));
      await world.deliver();
      expect(world.heard).toEqual(['e1', 'e2', 'e2', 'e3']);
      const { items } = await world.client.call('listConsumers', { params: { service: 'other' } });
      expect(items[0]?.replays).toMatchObject([{ service: 'notes', done: true }]);
      const problemOf = (call: Promise<unknown>) =>
        call.catch(({ problem }: { problem: OperationsProblem }) => problem.status);
      expect(await problemOf(replay({ from: 'nowhere', position: '1' }))).toBe(422);
      expect(await problemOf(replay({ from: 'notes' }))).toBe(400);
    });
  });
});

describe('work that goes wrong', () => {
  beforeEach(async () => {
    storage = await openSqliteStorage();
    world = await createNotesWorld(storage);
  });

  test('a damaged row is a verdict of damage that says where, and other routes tell of it too', async () => {
    await world.write('note-1', filed('desk'), filed('desk'), filed('desk'));
    await damageRow(storage, 2);
    const task = await verify();
    expect(task).toMatchObject({ state: 'done', result: { verdict: 'damaged' } });
    expect(unsound(task.result)).toContain('every row matches its checksum');
    await expect(
      world.client.call('listEvents', { params: { service: 'notes' } }),
    ).rejects.toMatchObject({ problem: { status: 500, type: 'log-corrupt' } });
  });

  test('a store that does not answer fails the task with the code of the fault', async () => {
    await storage.engine.close();
    expect(await verify()).toMatchObject({ state: 'failed', fault: { code: 'STORE_UNAVAILABLE' } });
  });

  test('a task that is cancelled ends, and there is no other to cancel', async () => {
    await world.write('note-1', filed('desk'));
    const { id } = await world.client.call('verifyLog', { params: { service: 'notes' } });
    await world.client.call('cancelTask', { params: { id } });
    expect((await ended(id)).state).toBe('cancelled');
    await expect(world.client.call('cancelTask', { params: { id: 'none' } })).rejects.toMatchObject(
      { problem: { status: 404 } },
    );
  });
});
