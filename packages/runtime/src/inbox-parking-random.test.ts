// Random failures, crashes, lost checkpoints, and operators at work meanwhile: per key nothing is overtaken or lost.
import { type BusMessage, type Clock, Fault, type Parking } from '@tidemark/core';
import {
  createMemoryParking,
  createMemoryParkingStorage,
  createMemoryReadModels,
} from '@tidemark/store-memory';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { handFedBus, message } from '../test/hand-fed-bus.ts';
import { createLogKeeper } from '../test/log-keeper.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

const KEYS = ['a', 'b', 'c'];
const UNTIL_REPAIRED = 1_000;

/** A call of the parking place that breaks, before it is done or after. */
const break_ = fc.option(
  fc.record({ call: fc.constantFrom('park', 'remove', 'note'), isDone: fc.boolean() }),
  { nil: undefined, freq: 4 },
);
const key = fc.constantFrom(...KEYS);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      key,
      failures: fc.oneof(
        { weight: 5, arbitrary: fc.constant(0) },
        { weight: 2, arbitrary: fc.nat(3) },
        { weight: 1, arbitrary: fc.constant(UNTIL_REPAIRED) },
      ),
      turns: fc.nat(3),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      count: fc.integer({ min: 1, max: 6 }),
      retries: fc.option(key, { nil: undefined }),
      breaks: break_,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), back: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retry' as const), key, breaks: break_ }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('skip' as const), key, breaks: break_ }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Break = { readonly call: string; readonly isDone: boolean } | undefined;

/** Time passes at once. */
const clock: Clock = { now: () => 0, after: () => () => {}, sleep: async () => {} };

function createWorld(together: boolean) {
  const log: BusMessage[] = [];
  const failures = new Map<string, number>();
  const turns = new Map<string, number>();
  const handedOver = new Map<string, number>();
  const repeatsAllowed = new Map<string, number>();
  const skipped = new Set<string>();
  const overtaken: string[] = [];
  const storage = createMemoryParkingStorage();
  const breaking = breakable(createMemoryParking({ storage }));

  const isDone = (id: string) => handedOver.has(id) || skipped.has(id);
  const handle = async ({ id, key: ofKey }: BusMessage): Promise<void> => {
    const before = log.slice(
      0,
      log.findIndex((one) => one.id === id),
    );
    overtaken.push(
      ...before
        .filter((one) => one.key === ofKey && !isDone(one.id))
        .map((one) => `${id}>${one.id}`),
    );
    for (let turn = turns.get(id) ?? 0; turn > 0; turn -= 1) await turnOfTheLoop();
    const left = failures.get(id) ?? 0;
    if (left > 0) {
      failures.set(id, left - 1);
      throw new Error(`not ${id}`);
    }
    handedOver.set(id, (handedOver.get(id) ?? 0) + 1);
  };
  const open = () => {
    const { bus, deliver } = handFedBus();
    const inbox = createInbox({
      ...{ bus, group: 'g', topics: [], handle, clock, log: createLogKeeper().log },
      checkpoints: createMemoryReadModels().checkpoints,
      parking: breaking.parking,
      onFailure: { retries: 1, backoffMs: 1, giveUp: 'park' },
      // What it does is what `handle` does, one after the other: only that all of it is repeated when it fails.
      ...(together && {
        handleTogether: async (messages: readonly BusMessage[]) => {
          if (messages.some(({ id }) => (failures.get(id) ?? 0) > 0)) throw new Error('not all');
          for (const one of messages) await handle(one);
        },
      }),
    });
    return { inbox, deliver };
  };
  return {
    ...{ log, failures, turns, handedOver, repeatsAllowed, skipped, overtaken, open },
    ...{ breaks: breaking.breaks, allow: (id: string) => bump(repeatsAllowed, id) },
  };
}

function bump(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

function breakable(parking: Parking) {
  let next: Break;
  const may =
    <Asked extends readonly unknown[], Answer>(
      call: string,
      work: (...asked: Asked) => Promise<Answer>,
    ) =>
    async (...asked: Asked): Promise<Answer> => {
      if (next?.call !== call) return work(...asked);
      const { isDone } = next;
      next = undefined;
      if (isDone) await work(...asked);
      throw new Fault('STORE_UNAVAILABLE', 'the line went dead');
    };
  const broken: Parking = {
    ...parking,
    park: may('park', parking.park),
    remove: may('remove', parking.remove),
    note: may('note', parking.note),
  };
  const breaks = (one: Break): void => {
    next = one;
  };
  return { parking: broken, breaks };
}

async function run(steps: readonly Step[], together: boolean) {
  const world = createWorld(together);
  const { log, failures, turns, skipped } = world;
  let { inbox, deliver } = world.open();
  let checkpoint = 0;
  /** Whatever is handed over again afterwards was not known to be done. */
  const allowParked = async (of: Inbox): Promise<void> => {
    for (const parked of await of.parked.list(100)) {
      const { waitingIds = [] } = (await of.parked.inspect(parked.key)) ?? {};
      for (const id of [parked.id, ...waitingIds]) world.allow(id);
    }
  };
  const attempt = async (work: () => Promise<unknown>, breaks: Break): Promise<boolean> => {
    if (breaks !== undefined) await allowParked(inbox);
    world.breaks(breaks);
    const ended = await work().then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
        return false;
      },
    );
    world.breaks(undefined);
    return ended;
  };
  const deliverPage = async (count: number, breaks: Break): Promise<void> => {
    const page = log.slice(checkpoint, checkpoint + count);
    for (const { id } of page) world.allow(id);
    if (await attempt(() => deliver(...page), breaks)) checkpoint += page.length;
  };

  for (const one of steps) {
    if (one.kind === 'publish') {
      const id = `${one.key}${log.length}`;
      log.push(message(id, one.key));
      failures.set(id, one.failures);
      turns.set(id, one.turns);
    } else if (one.kind === 'deliver') {
      const { retries } = one;
      await Promise.all([
        deliverPage(one.count, one.breaks),
        retries === undefined ? undefined : inbox.parked.retry(retries).catch(() => {}),
      ]);
    } else if (one.kind === 'crash') {
      checkpoint = Math.max(0, checkpoint - one.back);
      ({ inbox, deliver } = world.open());
    } else if (one.kind === 'retry') {
      await attempt(() => inbox.parked.retry(one.key), one.breaks);
    } else {
      const parked = (await inbox.parked.list(9)).find((row) => row.key === one.key);
      if (parked === undefined) continue;
      skipped.add(parked.id);
      await attempt(() => inbox.parked.skip(one.key, parked.id), one.breaks);
    }
  }
  failures.clear();
  while (checkpoint < log.length) await deliverPage(5, undefined);
  for (const row of await inbox.parked.list(100)) await inbox.parked.retry(row.key);
  expect(await inbox.parked.list(100)).toEqual([]);
  return world;
}

test.each([
  ['one by one', false],
  ['together', true],
])(
  'an inbox that handles messages %s overtakes nothing, loses nothing and repeats no more than it must',
  async (_, together) => {
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 40, size: 'max' }),
      async (steps) => {
        const { log, handedOver, repeatsAllowed, skipped, overtaken } = await run(steps, together);
        expect(overtaken).toEqual([]);
        const lost = log.filter(({ id }) => !handedOver.has(id) && !skipped.has(id));
        expect(lost).toEqual([]);
        for (const [id, times] of handedOver) {
          expect(times, id).toBeLessThanOrEqual(repeatsAllowed.get(id) ?? 0);
        }
      },
    );
    await fc.assert(property, { numRuns: 300 });
  },
);
