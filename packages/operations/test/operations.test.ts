import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { operationsRoutes } from '../src/index.ts';
import { ENGINES, type Storage } from './engines.ts';
import { createNotesWorld, type NoteEvent, type NotesWorld, TOKEN } from './notes-world.ts';

const written = (personId: string): NoteEvent => ({
  type: 'NoteWritten',
  data: { personId, text: `secret of ${personId}` },
});
const filed = (folder: string): NoteEvent => ({ type: 'NoteFiled', data: { folder } });
const ofNotes = { params: { service: 'notes' } };

describe.each(ENGINES)('operations on %s', (_, open) => {
  let storage: Storage;
  let world: NotesWorld;

  beforeEach(async () => {
    storage = await open();
    world = await createNotesWorld(storage);
  });
  afterEach(() => storage.close());

  const get = (path: string, headers: Record<string, string>) =>
    world.operations.fetch(new Request(`http://notes.internal${path}`, { headers }));

  test('no route answers anything but 401 without the token, or with another', async () => {
    const paths = Object.values(operationsRoutes).map(({ path }) => `/operations${path}`);
    for (const path of [...paths, '/operations/openapi.json', '/operations/x', '/healthz']) {
      for (const authorization of ['', TOKEN, `Bearer ${TOKEN}x`, `bearer ${TOKEN}`, 'Bearer ']) {
        const response = await get(path, { authorization });
        expect([path, authorization, response.status]).toEqual([path, authorization, 401]);
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      }
    }
    expect(JSON.stringify(world.lines)).not.toContain(TOKEN);
    const described = await get('/operations/openapi.json', { authorization: `Bearer ${TOKEN}` });
    expect(await described.json()).toMatchObject({ servers: [{ url: '/operations' }] });
  });

  test('the services say how far they are and how what runs for them is', async () => {
    await world.write('note-1', written('ann'));
    world.sick.health.push({
      name: 'inbox/notes',
      state: 'restarting',
      restarts: 2,
      lastError: 'no',
    });
    expect((await world.client.call('listServices')).items).toEqual([
      { name: 'notes', head: '1', readModels: 1, consumers: 0, runnables: world.sick.health },
      { name: 'other', head: '0', readModels: 0, consumers: 1, runnables: [] },
    ]);
  });

  test('a service that cannot tell its head does not hide the others', async () => {
    await storage.other.close();
    const { items } = await world.client.call('listServices');
    expect(items.map(({ name, fault }) => [name, fault?.code])).toEqual([
      ['notes', undefined],
      ['other', 'STORE_UNAVAILABLE'],
    ]);
  });

  test('streams are listed once, as they began, page by page, also of one category', async () => {
    await world.write('note-1', written('ann'), filed('desk'));
    await world.write('draft-1', filed('desk'));
    await world.write('note-2', written('bob'));
    await world.write('note-1', filed('attic'));
    const pages: string[][] = [];
    const next = async (after: string): Promise<void> => {
      const query = { limit: '1', after };
      const page = await world.client.call('listStreams', { ...ofNotes, query });
      pages.push(...page.items.map(({ stream, position }) => [stream, position]));
      if (page.next !== undefined) await next(page.next);
    };
    await next('0');
    expect(pages).toEqual([
      ['note-1', '1'],
      ['draft-1', '3'],
      ['note-2', '4'],
    ]);
    const notes = await world.client.call('listStreams', {
      ...ofNotes,
      query: { category: 'note' },
    });
    expect(notes.items.map(({ stream, firstType }) => [stream, firstType])).toEqual([
      ['note-1', 'NoteWritten'],
      ['note-2', 'NoteWritten'],
    ]);
  });

  test('events are found by category, type and tag, behind a position, page by page', async () => {
    await world.write('note-1', written('ann'), filed('desk'), filed('attic'));
    await world.write('draft-1', filed('desk'));
    const find = async (query: Record<string, string>) => {
      const page = await world.client.call('listEvents', { ...ofNotes, query });
      return page.items.map(({ position }) => position);
    };
    expect(await find({})).toEqual(['1', '2', '3', '4']);
    expect(await find({ after: '1', type: 'NoteFiled' })).toEqual(['2', '3', '4']);
    expect(await find({ tag: 'folder:desk', category: 'note' })).toEqual(['2']);
    const first = await world.client.call('listEvents', { ...ofNotes, query: { limit: '3' } });
    expect([first.items.length, first.next]).toEqual([3, '3']);
    const last = await world.client.call('listEvents', {
      ...ofNotes,
      query: { limit: '3', after: '3' },
    });
    expect([last.items.length, last.next]).toEqual([1, undefined]);
  });

  test('personal values stay sealed; opening them is written to the log, their text is not', async () => {
    await world.write('note-1', written('ann'));
    const read = async (open?: string) => {
      const { items } = await world.client.call('readStream', {
        params: { service: 'notes', stream: 'note-1' },
        query: { open: open as never },
      });
      return items[0]?.data;
    };
    expect(await read()).toMatchObject({ personId: 'ann', text: { $subject: 'ann' } });
    expect(world.lines).toEqual([]);
    expect(await read('true')).toEqual({ personId: 'ann', text: 'secret of ann' });
    expect(world.lines).toEqual([
      {
        message: 'an operator opened personal values',
        fields: { service: 'notes', from: '1', upTo: '1' },
      },
    ]);
  });

  test('a stream is read page by page, and one that does not exist is empty', async () => {
    await world.write('note-1', written('ann'), filed('desk'), filed('attic'));
    const page = (stream: string, query: Record<string, string>) =>
      world.client.call('readStream', { params: { service: 'notes', stream }, query });
    const first = await page('note-1', { limit: '2' });
    expect([first.items.map(({ revision }) => revision), first.next]).toEqual([[0, 1], '2']);
    const rest = await page('note-1', { from: '2' });
    expect([rest.items.map(({ type }) => type), rest.next]).toEqual([['NoteFiled'], undefined]);
    expect(await page('note-7', {})).toEqual({ items: [] });
  });

  test('a tail tells what is stored from now on, and goes on behind what was seen', async () => {
    await world.write('note-1', written('ann'));
    const leave = new AbortController();
    const tail = world.client.follow('tailEvents', {
      ...ofNotes,
      query: { type: 'NoteFiled' },
      lastEventId: '0',
      signal: leave.signal,
    });
    const first = tail.next();
    await world.write('note-1', filed('desk'), filed('attic'));
    expect((await first).value).toMatchObject({ id: '2', data: { data: { folder: 'desk' } } });
    expect((await tail.next()).value).toMatchObject({ id: '3', data: { stream: 'note-1' } });
    await tail.return(undefined);
    leave.abort();
  });

  test('read models tell their lag; a row that was set aside is tried again, or without its event', async () => {
    await world.write('note-1', filed('desk'), filed('attic'), filed('desk'));
    await world.write('note-2', filed('attic'));
    await world.catchUp();
    await world.write('note-3', filed('desk'));
    expect((await world.client.call('listReadModels', ofNotes)).items).toMatchObject([
      { name: 'notes', version: 3, checkpoint: '4', lag: 1, parked: 2 },
    ]);
    const at = { service: 'notes', readModel: 'notes' };
    const list = (query: Record<string, string>) =>
      world.client.call('listParkedRows', { params: at, query });
    const first = await list({ limit: '1' });
    expect([first.items.map(({ key, waiting }) => [key, waiting]), first.next]).toEqual([
      [['note-1', 1]],
      'note-1',
    ]);
    expect((await list({ after: 'note-1' })).items.map(({ key }) => key)).toEqual(['note-2']);

    const still = await world.client.call('retryParkedRow', {
      params: at,
      body: { key: 'note-1' },
    });
    expect(still).toMatchObject({ parked: { position: '2', error: 'nobody goes there' } });
    const skip = (eventId: string) =>
      world.client.call('skipParkedRow', { params: at, body: { key: 'note-1', eventId } });
    expect(await skip('another')).toEqual(still);
    expect(await skip(first.items[0]?.eventId ?? '')).toEqual({});
    world.sick.isBroken = false;
    expect(
      await world.client.call('retryParkedRow', { params: at, body: { key: 'note-2' } }),
    ).toEqual({});
    expect((await list({})).items).toEqual([]);
    expect(await world.notes.get('note-1')).toEqual({ id: 'note-1', folders: 2 });
    expect(await world.notes.get('note-2')).toEqual({ id: 'note-2', folders: 1 });
  });

  test('what does not exist is 404, and what does not fit is 400', async () => {
    const problemOf = async (call: Promise<unknown>) =>
      call.then(
        () => undefined,
        ({ problem }) => [problem.status, problem.type],
      );
    const nowhere = { params: { service: 'nowhere' } };
    expect(await problemOf(world.client.call('listEvents', nowhere))).toEqual([404, 'not-found']);
    const params = { service: 'notes', readModel: 'nothing' };
    expect(await problemOf(world.client.call('listParkedRows', { params }))).toEqual([
      404,
      'not-found',
    ]);
    for (const query of [{ after: 'x' }, { limit: '0' }, { limit: '1001' }]) {
      const call = world.client.call('listEvents', { ...ofNotes, query });
      expect(await problemOf(call)).toEqual([400, 'invalid-request']);
    }
  });
});
