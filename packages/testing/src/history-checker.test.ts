import type { EventEngine, Recorded, StreamName } from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { describe, expect, test } from 'vitest';
import { newEvent } from './event-builders.ts';
import { checkHistory } from './history-checker.ts';
import {
  type AppendCall,
  type HistoryCall,
  readCall,
  recordCalls,
  writeCall,
} from './history-checker-calls.ts';
import { actRandomly } from './history-checker-clients.ts';
import { createRandom } from './store-model-random.ts';

const log: readonly Recorded[] = [
  stored('a', 'door-1', 0),
  stored('b', 'door-1', 1),
  stored('c', 'gate-1', 0),
  stored('d', 'door-1', 2),
].map((event, place) => ({ ...event, position: BigInt(place + 1) }));

function stored(id: string, stream: StreamName, revision: number): Omit<Recorded, 'position'> {
  const recordedAt = '2026-01-01T00:00:00.000Z';
  return { ...newEvent(stream, { id, tags: [`is:${id}`] }), revision, recordedAt };
}

/** An append of those events of the log, from `at` for 10 ns. */
function append(ids: string, at: number, parts: Partial<AppendCall> = {}): AppendCall {
  const events = log.filter(({ id }) => ids.includes(id));
  const revisions = Object.fromEntries(events.map((event) => [event.stream, event.revision]));
  const position = events.at(-1)?.position ?? 0n;
  return {
    kind: 'append',
    ...{ invokedAt: BigInt(at), respondedAt: BigInt(at + 10) },
    request: {
      events: events.map(({ position: _, revision: __, recordedAt: ___, ...event }) => event),
      conditions: [],
    },
    outcome: { kind: 'appended', position, revisions },
    ...parts,
  };
}

const right: readonly HistoryCall[] = [append('a', 100), append('bc', 200), append('d', 300)];
const given = (call: AppendCall, request: Partial<AppendCall['request']>): AppendCall => ({
  ...call,
  request: { ...call.request, ...request },
});
const read = (after: number, seen: readonly Recorded[], at: number): HistoryCall => ({
  kind: 'read-log',
  ...{ invokedAt: BigInt(at), respondedAt: BigInt(at + 10) },
  ...{ page: { after: BigInt(after), limit: 10 }, seen, scannedTo: BigInt(after + seen.length) },
});
const readDoor = (seen: readonly Recorded[], at: number): HistoryCall => ({
  kind: 'read-stream',
  ...{ invokedAt: BigInt(at), respondedAt: BigInt(at + 10), stream: 'door-1', range: {}, seen },
});
const door = log.filter(({ stream }) => stream === 'door-1');
const conflict = (stream: StreamName, revision: number | 'none', actual: number | 'none') =>
  ({ kind: 'conflict', condition: { stream, revision }, actual }) as const;
const lost = { ...append('a', 400), outcome: 'refused' as const };
const refused = (call: AppendCall, outcome: ReturnType<typeof conflict>): AppendCall => ({
  ...given(call, { conditions: [outcome.condition] }),
  outcome,
});
const other = (call: AppendCall): AppendCall =>
  given(call, { events: call.request.events.map((event) => ({ ...event, id: `${event.id}2` })) });

describe('a right history has no fault', () => {
  const nothing = other(append('a', 150));
  const histories: Readonly<Record<string, readonly HistoryCall[]>> = {
    'one after the other': right,
    'two at the same time, in either order': [
      append('a', 105),
      append('bc', 100),
      append('d', 300),
    ],
    'an unknown outcome that is stored': [
      append('a', 100),
      append('bc', 200, { outcome: 'unknown' }),
      append('d', 300),
    ],
    'an unknown outcome that is not': [...right, { ...nothing, outcome: 'unknown' }],
    'a refusal': [...right, { ...nothing, outcome: 'refused' }],
    'an unknown outcome and its repetition': [
      append('a', 100, { outcome: 'unknown' }),
      append('a', 120, {
        outcome: { kind: 'duplicate', first: { position: 1n, revisions: { 'door-1': 0 } } },
      }),
      append('bc', 200),
      append('d', 300),
    ],
    'a conflict with what was so': [
      ...right,
      refused(other(append('a', 205)), conflict('door-1', 'none', 0)),
      refused(other(append('b', 205)), conflict('door-1', 5, 1)),
    ],
    'reads of what was there': [
      ...right,
      read(0, log.slice(0, 1), 150),
      read(1, log.slice(1, 3), 205),
      readDoor(door.slice(0, 2), 250),
      readDoor(door, 305),
    ],
  };
  test.each(Object.entries(histories))('%s', (_, calls) => {
    expect(checkHistory(calls, log)).toEqual([]);
  });
});

describe('a broken history is caught', () => {
  const histories: Readonly<Record<string, readonly [readonly HistoryCall[], RegExp]>> = {
    'an acknowledged append that is lost': [[...right, other(append('a', 150))], /not in the log/],
    'a refused append that is stored': [[lost, ...right.slice(1)], /refused and is in the log/],
    'an append that nobody asked for': [right.slice(1), /nobody appended a/],
    'one accepted twice': [[...right, append('a', 400)], /accepted 2 times/],
    'a part of an append': [
      [
        append('a', 100),
        append('b', 200),
        given(append('c', 200), {
          events: [...append('c', 0).request.events, newEvent('door-9', { id: 'x' })],
        }),
        append('d', 300),
      ],
      /in part/,
    ],
    'an append torn apart': [[append('ad', 100), append('bc', 200)], /torn apart/],
    'other contents': [
      [given(append('a', 100), { events: [newEvent('door-1', { id: 'a' })] }), ...right.slice(1)],
      /as it was given/,
    ],
    'an answer with another position': [
      [
        append('a', 100, {
          outcome: { kind: 'appended', position: 2n, revisions: { 'door-1': 0 } },
        }),
        ...right.slice(1),
      ],
      /another place/,
    ],
    'a revision that was not the last': [
      [
        ...right.slice(0, 2),
        given(append('d', 300), { conditions: [{ stream: 'door-1', revision: 0 }] }),
      ],
      /conditions did not hold/,
    ],
    'a query that matched': [
      [
        ...right.slice(0, 2),
        given(append('d', 300), {
          conditions: [{ nothingMatches: [{ tags: ['is:b'] }], after: 1n }],
        }),
      ],
      /conditions did not hold/,
    ],
    'an unknown outcome stored against its condition': [
      [
        ...right.slice(0, 2),
        given(append('d', 300, { outcome: 'unknown' }), {
          conditions: [{ stream: 'door-1', revision: 'none' }],
        }),
      ],
      /conditions did not hold/,
    ],
    'an append before one that was acknowledged earlier': [
      [append('a', 300), append('bc', 100), append('d', 400)],
      /a stands at 1, though 3 was known/,
    ],
    'a conflict with what was no longer so': [
      [...right, refused(other(append('a', 400)), conflict('door-1', 7, 1))],
      /never so/,
    ],
    'a conflict with what was not yet so': [
      [...right, refused(other(append('a', 150)), conflict('door-1', 7, 2))],
      /never so/,
    ],
    'a conflict without a reason': [
      [...right, refused(other(append('a', 350)), conflict('door-1', 2, 2))],
      /never so/,
    ],
    'a page with a gap': [[...right, read(0, [log[0], log[2]] as Recorded[], 350)], /not what/],
    'a page that sees nothing of what is known': [[...right, read(0, [], 350)], /ends where/],
    'a page that sees what comes later': [[...right, read(0, log, 150)], /before that was asked/],
    'a stream read without what is known': [
      [...right, readDoor(door.slice(0, 2), 350)],
      /was known/,
    ],
    'a stream read with its end first': [[...right, readDoor(door.slice(1), 350)], /otherwise/],
    'two appends under one command id': [
      [
        given(append('a', 100), { commandId: 'command-1' }),
        given(append('bc', 200), { commandId: 'command-1' }),
        append('d', 300),
      ],
      /command-1 was carried out twice/,
    ],
    'an append under a command id, and one whose outcome is unknown, both stored': [
      [
        given(append('a', 100), { commandId: 'command-1' }),
        append('bc', 200),
        given(append('d', 300, { outcome: 'unknown' }), { commandId: 'command-1' }),
      ],
      /command-1 was carried out twice/,
    ],
    'a conflict with a condition that was not asked': [
      [
        ...right,
        given(
          { ...other(append('a', 350)), outcome: conflict('gate-1', 'none', 0) },
          { conditions: [{ stream: 'door-1', revision: 'none' }] },
        ),
      ],
      /which it did not ask for/,
    ],
    'a page scanned to before where it began': [
      [...right, { ...read(4, [], 350), scannedTo: 3n } as HistoryCall],
      /behind 4 was scanned to 3/,
    ],
    'a page of more events than were asked for': [
      [...right, { ...read(0, log, 350), page: { after: 0n, limit: 3 } } as HistoryCall],
      /more than 3/,
    ],
    'a page of the right events in the wrong order': [
      [...right, read(0, [log[1], log[0], log[2], log[3]] as Recorded[], 350)],
      /not what/,
    ],
    'a page that leaves out what its query asks for': [
      [
        ...right,
        {
          ...read(0, log.slice(0, 1), 350),
          page: { after: 0n, limit: 10, query: [{ categories: ['door'] }] },
          scannedTo: 4n,
        } as HistoryCall,
      ],
      /not what/,
    ],
    'a stream read behind its range': [
      [...right, { ...readDoor(door, 350), range: { upTo: 1 } } as HistoryCall],
      /read behind revision 1/,
    ],
    'a stream that shows what is asked for later': [
      [...right, readDoor(door, 250)],
      /held an event before that was asked for/,
    ],
    'a head that shows what is asked for later': [
      [...right, { kind: 'head', invokedAt: 250n, respondedAt: 251n, head: 4n }],
      /the head was 4 before/,
    ],
    'a repetition answered before the append itself was asked for': [
      [
        append('a', 100, {
          outcome: { kind: 'duplicate', first: { position: 1n, revisions: { 'door-1': 0 } } },
        }),
        append('a', 150),
        ...right.slice(1),
      ],
      /a stands at 1, though 1 was known/,
    ],
    'a repetition answered with the receipt of another append': [
      [
        ...right,
        append('a', 400, {
          outcome: { kind: 'duplicate', first: { position: 3n, revisions: { 'gate-1': 0 } } },
        }),
      ],
      /another place/,
    ],
    'a condition that held when it was read, and not where it was stored': [
      [
        append('a', 100),
        readDoor(door.slice(0, 1), 150),
        append('bc', 200),
        given(append('d', 160, { respondedAt: 400n }), {
          conditions: [{ stream: 'door-1', revision: 0 }],
        }),
      ],
      /d was accepted at 4, where its conditions did not hold/,
    ],
    'a read that goes back behind another': [
      [
        append('a', 100),
        append('bc', 200, { respondedAt: 500n }),
        append('d', 510),
        readDoor(door.slice(0, 2), 250),
        readDoor(door.slice(0, 1), 300),
      ],
      /was known/,
    ],
    'a head that goes back': [
      [...right, { kind: 'head', invokedAt: 350n, respondedAt: 351n, head: 3n }],
      /the head was 3/,
    ],
  };
  test.each(Object.entries(histories))('%s', (_, [calls, fault]) => {
    expect(checkHistory(calls, log).join('\n')).toMatch(fault);
  });

  test('a log with a gap, a repeated event or a broken stream', () => {
    const faults = (changed: readonly Recorded[]) => checkHistory(right, changed).join('\n');
    expect(faults(log.slice(1))).toMatch(/position 2 stands at 1/);
    const [first, second, ...rest] = log as [Recorded, Recorded, ...Recorded[]];
    expect(faults([first, { ...second, position: 1n }, ...rest])).toMatch(/position 1 stands at 2/);
    expect(faults([second, first, ...rest])).toMatch(/position 2 stands at 1/);
    expect(faults([...log, { ...first, position: 5n, revision: 3 }])).toMatch(
      /a is in the log twice/,
    );
    expect(faults([...log, { ...first, id: 'x', position: 5n, revision: 4 }])).toMatch(
      /revision 4/,
    );
  });

  test('a log in which an event is older than the one before', () => {
    const [first, ...rest] = log as [Recorded, ...Recorded[]];
    const later = { ...first, recordedAt: '2026-01-01T00:00:00.001Z' };
    expect(checkHistory(right, [later, ...rest]).join('\n')).toMatch(/2 was recorded before/);
  });
});

async function playOn(engine: EventEngine): Promise<readonly [HistoryCall[], readonly Recorded[]]> {
  const store = createEventStore(engine);
  const calls: HistoryCall[] = [];
  const clients = Array.from({ length: 16 }, (_, n) =>
    actRandomly({
      name: `client${n}`,
      store: recordCalls(store, calls),
      random: createRandom(n),
      appends: 40,
    }),
  );
  await Promise.all(clients);
  const { events } = await engine.readLog({ after: 0n, limit: 10_000 });
  return [calls, events];
}

test('what clients of an engine in memory do is right, also when it was written down as text', async () => {
  const [calls, events] = await playOn(createMemoryEventEngine());
  expect(
    checkHistory(
      calls.map((call) => readCall(writeCall(call))),
      events,
    ),
  ).toEqual([]);
  const outcomes = calls.flatMap((call) => (call.kind === 'append' ? [call.outcome] : []));
  const kinds = new Set(outcomes.map((one) => (typeof one === 'string' ? one : one.kind)));
  expect([...kinds].sort()).toEqual(['appended', 'conflict', 'duplicate']);
});

test.each(['stream', 'nothingMatches'])(
  'clients of an engine that checks only conditions with "%s" find it out',
  async (kept) => {
    const engine = createMemoryEventEngine();
    const commit: EventEngine['commit'] = (batch) =>
      engine.commit(
        batch.map((request) => ({
          ...request,
          conditions: request.conditions.filter((condition) => kept in condition),
        })),
      );
    const [calls, events] = await playOn({ ...engine, commit });
    expect(checkHistory(calls, events).join('\n')).toMatch(/conditions did not hold/);
  },
);

test('clients of an engine whose reads lag behind its commits find it out', async () => {
  const engine = createMemoryEventEngine();
  const head = async () => (await engine.head()) - 1n;
  const [calls, events] = await playOn({ ...engine, head });
  expect(checkHistory(calls, events).join('\n')).toMatch(/the head was \d+, and \d+ was known/);
});
