import type { AppendRequest, EventEngine, StreamName } from '@tidemark/core';
import { appendOf, newEvent, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPostgresEventEngine } from './event-engine.ts';
import { createKnownStreams, type SeenCommit } from './known-streams.ts';

let server: PostgresServer;
let schema: string;
let schemas = 0;

beforeAll(async () => {
  server = await startPostgres();
});
beforeEach(() => {
  schemas += 1;
  schema = `case_${schemas}`;
});
afterAll(() => server.stop());

function open(): Promise<EventEngine> {
  return createPostgresEventEngine({ url: server.url, schema });
}

function appendAt(stream: StreamName, revision: number | 'none'): AppendRequest {
  return appendOf([newEvent(stream)], [{ stream, revision }]);
}

describe('what is known of streams', () => {
  const seen = (streams: readonly StreamName[], wasKnown = true): SeenCommit => ({
    wasKnown,
    head: { position: 7n, ms: '1' },
    streams: new Map(streams.map((name, place) => [name, place])),
    sids: streams.map((_, place) => place + 1),
    lastRevisions: streams.map((_, place) => place),
  });

  test('is how the last commit left them', () => {
    const known = createKnownStreams();
    expect(known.head()).toBeUndefined();
    known.learn(seen(['door-1', 'door-2']));
    known.learn({ ...seen(['door-1']), lastRevisions: [4], head: { position: 8n, ms: '2' } });
    expect(known.head()).toEqual({ position: 8n, ms: '2' });
    expect(known.get('door-1')).toEqual({ sid: 1, lastRevision: 4 });
    expect(known.get('door-2')).toEqual({ sid: 2, lastRevision: 1 });
  });

  test('is forgotten once somebody else has committed', () => {
    const known = createKnownStreams();
    known.learn(seen(['door-1', 'door-2']));
    known.learn(seen(['door-3'], false));
    expect(known.get('door-2')).toBeUndefined();
    expect(known.get('door-3')).toEqual({ sid: 1, lastRevision: 0 });
  });

  test('has no stream that a refused request would have made', () => {
    const known = createKnownStreams();
    known.learn({ ...seen(['door-1']), sids: [Number.NaN], lastRevisions: [-1] });
    expect(known.get('door-1')).toBeUndefined();
  });

  test('is bounded, and begins anew when full', () => {
    const known = createKnownStreams(2);
    for (const stream of ['door-1', 'door-2', 'door-3'] as const) known.learn(seen([stream]));
    const names = ['door-1', 'door-2', 'door-3'] as const;
    expect(names.map((name) => known.get(name)?.sid)).toEqual([undefined, undefined, 1]);
  });
});

describe.each<readonly [string, readonly AppendRequest[]]>([
  ['a request alone', []],
  ['a batch', [appendOf([newEvent('gate-1')])]],
])('where a process trusts what it knows, %s', (_, others) => {
  const commit = async (engine: EventEngine, request: AppendRequest) =>
    (await engine.commit([request, ...others]))[0];

  test('sees what another process has committed in between', async () => {
    const [first, second] = await Promise.all([open(), open()]);
    expect(await commit(first, appendAt('door-1', 'none'))).toMatchObject({ kind: 'appended' });
    expect(await commit(first, appendAt('door-1', 0))).toMatchObject({ kind: 'appended' });
    expect(await commit(second, appendAt('door-1', 1))).toMatchObject({ kind: 'appended' });
    expect(await commit(first, appendAt('door-1', 1))).toMatchObject({
      kind: 'conflict',
      actual: 2,
    });
    expect(await commit(first, appendAt('door-1', 2))).toMatchObject({
      revisions: { 'door-1': 3 },
    });
    await Promise.all([first.close(), second.close()]);
  });

  test('goes on behind what was refused or repeated', async () => {
    const engine = await open();
    const repeated = appendOf([newEvent('door-1')], [], { commandId: 'command-1' });
    expect(await commit(engine, repeated)).toMatchObject({ kind: 'appended' });
    for (const [revision, request] of [
      appendAt('door-1', 7),
      repeated,
      appendAt('door-2', 7),
    ].entries()) {
      expect(await commit(engine, request)).not.toMatchObject({ kind: 'appended' });
      expect(await commit(engine, appendAt('door-1', revision))).toMatchObject({
        revisions: { 'door-1': revision + 1 },
      });
    }
    expect(await commit(engine, appendAt('door-2', 'none'))).toMatchObject({ kind: 'appended' });
    await engine.close();
  });

  test('is not misled by a log that was put back to as many events, with other numbers for its streams', async () => {
    const engine = await open();
    await commit(engine, appendAt('door-1', 'none'));
    await commit(engine, appendAt('door-1', 0));
    const events = await engine.head();
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(`drop schema ${schema} cascade`);
    await admin.end();
    const restored = await open();
    await restored.commit([appendAt('window-1', 'none')]);
    await restored.commit([appendAt('door-1', 'none')]);
    for (let n = 2n; n < events; n += 1n) await restored.commit([appendOf([newEvent('gate-1')])]);
    await restored.close();
    expect(await engine.head()).toBe(events);
    expect(await commit(engine, appendAt('door-1', 0))).toMatchObject({
      kind: 'appended',
      revisions: { 'door-1': 1 },
    });
    await engine.close();
  });
});
