import type { Decider } from '@tidemark/core';
import {
  type CommandHandler,
  createCommandHandler,
  createSystemClock,
  type LiveReadModel,
  openReadModel,
} from '@tidemark/runtime';
import { numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { type Figure, percentile, timed } from '../harness/figures.ts';
import { CAUSE, nextId, nextPayload } from '../harness/payload.ts';
import { SIZES } from '../harness/settings.ts';
import { createStreams } from '../harness/streams.ts';
import {
  type Booked,
  type Booking,
  bookings,
  evolveBooked,
  type FlightRow,
  flightsReadModel,
  NOTHING_BOOKED,
  noKeys,
} from './bookings.ts';
import { fillScattered, nameOf, openStore } from './ours-store.ts';
import { silentLog } from './silent-log.ts';

interface Book {
  readonly data: Booking['data'];
}

type Handler = CommandHandler<Book, Booked>;

const COMMANDS_A_SECOND = 500;
const LOOK_EVERY_MS = 10;

const decider: Decider<Book, Booked, Booking> = {
  initialState: NOTHING_BOOKED,
  evolve: evolveBooked,
  decide: ({ data }) => [{ type: 'SeatBooked', data }],
};

/** Rebuilds a read model while commands come at a steady rate, each followed by a query for what it did. */
export async function prepareRebuild(task: Task): Promise<Prepared> {
  const opened = await openStore(task);
  const { store } = opened;
  const streams = createStreams(SIZES.streams);
  await fillScattered(store, streams, {
    events: numberOf(task, 'events', SIZES.rebuilt),
    tagged: false,
  });
  const readModels = await opened.openReadModels();
  const live = await openReadModel({
    ...{ store, readModels, codec: bookings, readModel: flightsReadModel(1) },
    onFailure: { retries: 0, backoffMs: 100, giveUp: 'stop' },
    ...{ clock: createSystemClock(), log: silentLog },
  });
  const handler: Handler = createCommandHandler({
    store,
    keys: noKeys,
    aggregate: { category: 'flight', codec: bookings, decider },
    cacheSize: SIZES.streams,
  });
  const stop = new AbortController();
  const running = live.runnable.run(stop.signal);
  await live.reached(await store.head(), stop.signal);
  for (let n = 0; n < streams.count; n += 1) await handler.load(idOf(n));
  return {
    round: () => rebuild(live, () => bookAndAsk(handler, live, streams.any())),
    close: async () => {
      stop.abort();
      await running;
      await readModels.close();
      await opened.close();
    },
  };
}

/** From the start to where the new build has caught up; then it is compared, switched to, and the old one dropped. */
async function rebuild(
  live: LiveReadModel<FlightRow>,
  call: () => Promise<number>,
): Promise<Figure> {
  const enough = new AbortController();
  const calling = callSteadily(call, enough.signal);
  const figure = await timed(async () => {
    await done(live.rebuild.start());
    for (;;) {
      const { state, progress } = await live.rebuild.status();
      if (state !== 'building') return Number(progress?.eventsDone);
      await Promise.race([pause(LOOK_EVERY_MS), calling]);
    }
  });
  while ((await live.rebuild.status()).state !== 'ready') await pause(LOOK_EVERY_MS);
  const { comparison } = await live.rebuild.status();
  if (comparison?.rowsDiffering !== 0) throw new Error('the builds differ');
  await done(live.rebuild.switch());
  await done(live.rebuild.drop());
  enough.abort();
  const tookMs = await calling;
  const p99Ms = Math.round(percentile(tookMs, 0.99) ?? 0);
  return {
    ...figure,
    note: `${tookMs.length} commands with a query each went on, none failed, p99 ${p99Ms} ms`,
  };
}

/** Answers how long each call took, in milliseconds. Rejects when one fails. */
async function callSteadily(
  call: () => Promise<number>,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const calls: Promise<number>[] = [];
  const beganMs = performance.now();
  while (!signal.aborted) {
    const due = ((performance.now() - beganMs) * COMMANDS_A_SECOND) / 1_000;
    while (calls.length < due) calls.push(call());
    await pause(1);
  }
  return Promise.all(calls);
}

async function bookAndAsk(
  handler: Handler,
  live: LiveReadModel<FlightRow>,
  stream: number,
): Promise<number> {
  const beganMs = performance.now();
  const command: Book = { data: nextPayload() as Booking['data'] };
  const outcome = await handler.handle(idOf(stream), command, {
    commandId: nextId(),
    cause: CAUSE,
  });
  if (outcome.status !== 'accepted') throw new Error(`a command ended as ${outcome.status}`);
  const { position } = outcome;
  if (!(await live.reached(position, AbortSignal.timeout(10_000)))) throw new Error('not reached');
  if ((await live.get(nameOf(stream))) === undefined) throw new Error('a row is missing');
  return performance.now() - beganMs;
}

async function done(answer: Promise<string>): Promise<void> {
  const said = await answer;
  if (said !== 'done') throw new Error(`refused: ${said}`);
}

function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, forMs);
  });
}

function idOf(stream: number): string {
  return nameOf(stream).slice('flight-'.length);
}
