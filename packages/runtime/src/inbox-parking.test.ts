import { type BusMessage, Fault, type Parking } from '@tidemark/core';
import {
  createMemoryParking,
  createMemoryParkingStorage,
  createMemoryReadModels,
} from '@tidemark/store-memory';
import { createFakeClock } from '@tidemark/testing';
import { describe, expect, test } from 'vitest';
import { handFedBus, messagesOf } from '../test/hand-fed-bus.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { gate, until } from '../test/turns.ts';
import { createInbox } from './inbox.ts';
import type { FailurePolicy } from './retry.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

const PARK: FailurePolicy = { retries: 0, backoffMs: 100, giveUp: 'park' };
const SINCE = '2030-01-01T00:00:00.000Z';

interface World {
  readonly parking?: Parking;
  readonly onFailure?: FailurePolicy;
  readonly together?: boolean;
}

/** An inbox that keeps failing at the ids in `broken`, and what it handled. */
function openInbox({ parking = createMemoryParking(), onFailure = PARK, together }: World = {}) {
  const clock = createFakeClock(Date.parse(SINCE));
  const fed = handFedBus();
  const { log, lines } = createLogKeeper();
  const broken = new Set<string>();
  const handled: string[] = [];
  const gates = new Map<string, Promise<void>>();
  const handle = async ({ id }: BusMessage) => {
    await gates.get(id);
    if (broken.has(id)) throw new RangeError(`nobody can ${id}`);
    handled.push(id);
  };
  const handleTogether = async (messages: readonly BusMessage[]) => {
    const failing = messages.find(({ id }) => broken.has(id));
    if (failing !== undefined) throw new RangeError(`nobody can ${failing.id}`);
    handled.push(`all of ${messages.map(({ id }) => id).join()}`);
  };
  const inbox = createInbox({
    ...{ bus: fed.bus, group: 'passengers', topics: ['flights.landed.v1'], handle },
    ...{ checkpoints: createMemoryReadModels().checkpoints, parking, onFailure, clock, log },
    ...(together && { handleTogether }),
  });
  const deliver = (...ids: readonly string[]) => fed.deliver(...messagesOf(...ids));
  return { ...{ inbox, parking, clock, lines, broken, handled, gates, deliver }, ...inbox };
}

/** A1 failed, A2 and A3 wait behind it. */
async function parkedInbox(world: World = {}) {
  const opened = openInbox(world);
  opened.broken.add('a1');
  await opened.deliver('a1', 'b1', 'a2');
  await opened.deliver('a3', 'b2');
  return opened;
}

describe('a message that keeps failing', () => {
  test('is set aside with all that follows for its key, and the other keys go on', async () => {
    const { parked, handled } = await parkedInbox();
    expect(handled).toEqual(['b1', 'b2']);
    expect(await parked.list(9)).toEqual([
      {
        ...{ key: 'a', id: 'a1', type: 'flights.landed.v1', time: SINCE },
        ...{ error: 'nobody can a1', since: SINCE, waiting: 2 },
      },
    ]);
  });

  test('is tried as often as the policy says before', async () => {
    const onFailure: FailurePolicy = { ...PARK, retries: 2, random: () => 0.5 };
    const { deliver, broken, clock, lines, parked } = openInbox({ onFailure });
    broken.add('a1');
    const delivered = deliver('a1');
    await until(() => clock.sleeping() === 1);
    await clock.advance(50 + 99);
    expect(await parked.list(9)).toEqual([]);
    await clock.advance(1);
    await delivered;
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      ...['warn message failed, trying again', 'warn message failed, trying again'],
      'error message parked',
    ]);
    expect(await parked.list(9)).toMatchObject([{ id: 'a1', waiting: 0 }]);
  });

  test('is shown as it came, personal fields sealed, with what waits', async () => {
    const { inbox, parking } = await parkedInbox();
    const [a1] = messagesOf('a1');
    expect(await inbox.parked.inspect('a')).toMatchObject({
      ...{ id: 'a1', error: 'nobody can a1', waiting: 2, waitingIds: ['a2', 'a3'] },
      ...{ data: a1?.data, cause: a1?.cause },
    });
    expect((await parking.find('inbox/passengers', 'a'))?.first.body).toEqual({ ...a1 });
    expect(await inbox.parked.inspect('b')).toBeUndefined();
  });

  test('is on stable storage before the bus is told; when that fails, it comes again', async () => {
    const parking = createMemoryParking();
    const full = async () => Promise.reject(new Fault('STORE_FULL', 'no space'));
    const { deliver, broken } = openInbox({ parking: { ...parking, park: full } });
    broken.add('a1');
    await expect(deliver('a1', 'a2')).rejects.toMatchObject({ code: 'STORE_FULL' });
  });

  test('is parked once when a crash comes between parking and the checkpoint', async () => {
    const storage = createMemoryParkingStorage();
    await parkedInbox({ parking: createMemoryParking({ storage }) });
    const again = await parkedInbox({ parking: createMemoryParking({ storage }) });
    expect(again.handled).toEqual(['b1', 'b2']);
    expect(await again.parked.inspect('a')).toMatchObject({ id: 'a1', waitingIds: ['a2', 'a3'] });
    again.broken.clear();
    await again.parked.retry('a');
    expect(again.handled).toEqual(['b1', 'b2', 'a1', 'a2', 'a3']);
  });

  test('stops the inbox when so many wait that a person has to look', async () => {
    const parking = createMemoryParking();
    const { deliver, broken, parked } = openInbox({
      parking: {
        ...parking,
        park: (asked) => parking.park({ ...asked, most: { ofKey: 2, ofReader: 9 } }),
      },
    });
    broken.add('a1');
    await deliver('a1', 'a2');
    const full = { code: 'PARKING_FULL', facts: { reader: 'inbox/passengers', key: 'a' } };
    await expect(deliver('a3')).rejects.toMatchObject(full);
    expect(await parked.inspect('a')).toMatchObject({ waitingIds: ['a2'] });
  });

  test('is not to blame for a store that is away: the inbox stops, and nothing is parked', async () => {
    const { inbox, lines, ...world } = openInbox();
    world.gates.set('a1', Promise.reject(new Fault('KEYS_UNAVAILABLE', 'the keys are away')));
    await expect(world.deliver('a1')).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE' });
    expect(await inbox.parked.list(9)).toEqual([]);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('is not parked by a stop that comes while it is tried again', async () => {
    const onFailure: FailurePolicy = { ...PARK, retries: 9 };
    const { deliver, broken, clock, parked, run } = openInbox({ onFailure });
    broken.add('a1');
    const stop = new AbortController();
    const ended = run(stop.signal);
    const delivered = expect(deliver('a1')).rejects.toThrow('nobody can a1');
    await until(() => clock.sleeping() === 1);
    stop.abort();
    await delivered;
    await ended;
    expect(await parked.list(9)).toEqual([]);
  });

  test('holds its key also for an inbox that has been told to stop at failures', async () => {
    const { parking } = await parkedInbox();
    const onFailure: FailurePolicy = { ...PARK, giveUp: 'stop' };
    const { deliver, handled, parked } = openInbox({ parking, onFailure });
    await deliver('a4', 'b3');
    expect(handled).toEqual(['b3']);
    expect(await parked.list(9)).toMatchObject([{ id: 'a1', waiting: 3 }]);
  });

  test('needs a place to be parked, and the inbox says so at once', async () => {
    const { bus } = handFedBus();
    const { checkpoints } = createMemoryReadModels();
    const parts = { bus, group: 'g', topics: [], checkpoints, handle: async () => {} };
    const running = { clock: createFakeClock(), log: createLogKeeper().log };
    const missing = { code: 'CAPABILITY_MISSING' };
    expect(() => createInbox({ ...parts, ...running, onFailure: PARK })).toThrow(
      expect.objectContaining(missing),
    );
    const { parked } = createInbox({
      ...{ ...parts, ...running },
      onFailure: { ...PARK, giveUp: 'stop' },
    });
    expect(await parked.list(9)).toEqual([]);
    await expect(parked.retry('a')).rejects.toMatchObject(missing);
  });
});

describe('retrying a key', () => {
  test('hands over what failed and what waits, in order, and then the key is like all others', async () => {
    const { inbox, broken, handled, deliver } = await parkedInbox();
    broken.clear();
    expect(await inbox.parked.retry('a')).toBeUndefined();
    await deliver('a4');
    expect(handled).toEqual(['b1', 'b2', 'a1', 'a2', 'a3', 'a4']);
    expect(await inbox.parked.list(9)).toEqual([]);
    expect(await inbox.parked.retry('a')).toBeUndefined();
    expect(handled).toHaveLength(6);
  });

  test('lets new messages queue up behind those that wait', async () => {
    const { inbox, broken, handled, gates, deliver } = await parkedInbox();
    broken.clear();
    const { opened, open } = gate();
    gates.set('a2', opened);
    const retried = inbox.parked.retry('a');
    await until(() => handled.includes('a1'));
    await deliver('a4', 'b3');
    expect(handled.slice(2)).toEqual(['a1', 'b3']);
    open();
    expect(await retried).toBeUndefined();
    expect(handled.slice(2)).toEqual(['a1', 'b3', 'a2', 'a3', 'a4']);
  });

  test('that fails again changes the error and nothing else', async () => {
    const { inbox, clock, handled } = await parkedInbox();
    await clock.advance(60_000);
    const still = { id: 'a1', error: 'nobody can a1', since: SINCE, waiting: 2 };
    expect(await inbox.parked.retry('a')).toMatchObject(still);
    expect(await inbox.parked.list(9)).toMatchObject([still]);
    expect(handled).toEqual(['b1', 'b2']);
  });

  test('ends at a later message that fails', async () => {
    const { inbox, broken, handled } = await parkedInbox();
    broken.clear();
    broken.add('a2');
    const now = { id: 'a2', error: 'nobody can a2', waiting: 1 };
    expect(await inbox.parked.retry('a')).toMatchObject(now);
    expect(await inbox.parked.list(9)).toMatchObject([now]);
    expect(handled).toEqual(['b1', 'b2', 'a1']);
  });

  test('is for one person at a time: each message is handed over once', async () => {
    const { inbox, broken, handled } = await parkedInbox();
    broken.clear();
    await Promise.all([inbox.parked.retry('a'), inbox.parked.retry('a'), inbox.parked.retry('a')]);
    expect(handled).toEqual(['b1', 'b2', 'a1', 'a2', 'a3']);
  });

  test('gives up when the store is away, and leaves the key parked', async () => {
    const { inbox, gates } = await parkedInbox();
    const away = Promise.reject(new Fault('STORE_UNAVAILABLE', 'away'));
    gates.set('a1', away);
    await expect(inbox.parked.retry('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await inbox.parked.list(9)).toMatchObject([{ id: 'a1', error: 'nobody can a1' }]);
  });

  test('that a crash ends goes on later with a message that was not tried', async () => {
    const { inbox, broken, handled, parking } = await parkedInbox();
    await parking.remove('inbox/passengers', 'a', 'a1');
    broken.clear();
    expect(await inbox.parked.list(9)).toMatchObject([
      { id: 'a2', error: 'not tried yet: a retry ended before it', since: SINCE, waiting: 1 },
    ]);
    expect(await inbox.parked.retry('a')).toBeUndefined();
    expect(handled.slice(2)).toEqual(['a2', 'a3']);
  });
});

describe('skipping', () => {
  test('leaves out the message that failed and nothing else', async () => {
    const { inbox, handled } = await parkedInbox();
    expect(await inbox.parked.skip('a', 'a1')).toBeUndefined();
    expect(handled).toEqual(['b1', 'b2', 'a2', 'a3']);
  });

  test('names the message, so that nobody skips the next one instead', async () => {
    const { inbox, broken, handled } = await parkedInbox();
    broken.add('a2');
    await Promise.all([inbox.parked.skip('a', 'a1'), inbox.parked.skip('a', 'a1')]);
    expect(await inbox.parked.skip('a', 'a3')).toMatchObject({ id: 'a2', waiting: 1 });
    expect(handled).toEqual(['b1', 'b2']);
    expect(await inbox.parked.skip('c', 'c1')).toBeUndefined();
  });
});

describe('messages that are handled together', () => {
  test('are handled in one go while none fails', async () => {
    const { deliver, handled } = openInbox({ together: true });
    await deliver('a1', 'b1', 'a2');
    expect(handled).toEqual(['all of a1,b1,a2']);
  });

  test('are handled one by one when one fails, which is parked with its key', async () => {
    const { deliver, handled, broken, parked } = openInbox({ together: true });
    broken.add('a2');
    await deliver('a1', 'b1', 'a2', 'a3');
    expect([...handled].sort()).toEqual(['a1', 'b1']);
    expect(await parked.list(9)).toMatchObject([{ id: 'a2', waiting: 1 }]);
    await deliver('a4', 'b2', 'c1');
    expect(handled.slice(2)).toEqual(['all of b2,c1']);
    expect(await parked.inspect('a')).toMatchObject({ waitingIds: ['a3', 'a4'] });
  });

  test('do not overtake those of a batch before', async () => {
    const { deliver, handled, broken, gates } = openInbox({ together: true });
    const { opened, open } = gate();
    broken.add('b1');
    gates.set('a1', opened);
    const first = deliver('a1', 'b1');
    const second = deliver('a2');
    for (let turns = 0; turns < 20; turns += 1) await turnOfTheLoop();
    expect(handled).toEqual([]);
    open();
    await Promise.all([first, second]);
    expect(handled).toEqual(['a1', 'all of a2']);
  });
});
