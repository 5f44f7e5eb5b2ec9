import type { Decider } from '@tidemark/core';
import { createCommandHandler } from '@tidemark/runtime';
import { runCallers, runUntil } from '../harness/callers.ts';
import { numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { CAUSE, nextId, nextPayload } from '../harness/payload.ts';
import { SIZES } from '../harness/settings.ts';
import { createStreams } from '../harness/streams.ts';
import {
  type Booked,
  type Booking,
  bookings,
  evolveBooked,
  NOTHING_BOOKED,
  noKeys,
} from './bookings.ts';
import { fillEach, fillScattered, nameOf, openStore } from './ours-store.ts';

interface Book {
  readonly data: Booking['data'];
}

const decider: Decider<Book, Booked, Booking> = {
  initialState: NOTHING_BOOKED,
  evolve: evolveBooked,
  decide: ({ data }) => [{ type: 'SeatBooked', data }],
};

/** Commands on one aggregate: `cacheSize` 0 replays the stream each time. */
export async function prepareCommands(task: Task): Promise<Prepared> {
  const { store, close } = await openStore(task);
  const streams = createStreams(numberOf(task, 'streams', SIZES.streams));
  const perStream = numberOf(task, 'perStream', 0);
  if (perStream > 0) await fillEach(store, streams, perStream);
  await fillScattered(store, streams, { events: numberOf(task, 'filled', 0), tagged: false });
  const cacheSize = numberOf(task, 'cacheSize', SIZES.streams);
  const handler = createCommandHandler({
    store,
    keys: noKeys,
    aggregate: { category: 'flight', codec: bookings, decider },
    cacheSize,
  });
  if (cacheSize > 0) for (let n = 0; n < streams.count; n += 1) await handler.load(idOf(n));
  const turn = async (): Promise<number> => {
    const taken = streams.take();
    const context = { commandId: nextId(), cause: CAUSE };
    const command: Book = { data: nextPayload() as Booking['data'] };
    const outcome = await handler.handle(idOf(taken.stream), command, context);
    if (outcome.status !== 'accepted') throw new Error(`a command ended as ${outcome.status}`);
    streams.give(taken, 1);
    return 1;
  };
  await runUntil(64, numberOf(task, 'warm', SIZES.warmEvents), turn);
  return { round: (forMs) => runCallers(numberOf(task, 'callers', 1), forMs, turn), close };
}

function idOf(stream: number): string {
  return nameOf(stream).slice('flight-'.length);
}
