import { createSystemClock, openReadModel } from '@tidemark/runtime';
import { numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { timed } from '../harness/figures.ts';
import { SIZES } from '../harness/settings.ts';
import { createStreams } from '../harness/streams.ts';
import { bookings, flightsReadModel } from './bookings.ts';
import { fillEach, fillScattered, nameOf, openStore } from './ours-store.ts';
import { silentLog } from './silent-log.ts';

const PAGE = 1_000;

/** Reads one long stream from its beginning to its end. */
export async function prepareStreamRead(task: Task): Promise<Prepared> {
  const { store, close } = await openStore(task);
  await fillEach(store, createStreams(1), numberOf(task, 'events', SIZES.longStream));
  return {
    round: () =>
      timed(async () => {
        let seats = 0;
        for await (const page of store.readStream(nameOf(0))) {
          for (const { data } of page) if (data.seat !== undefined) seats += 1;
        }
        return seats;
      }),
    close,
  };
}

/** Reads the log from its beginning to its end. */
export async function prepareLogRead(task: Task): Promise<Prepared> {
  const { store, close } = await openStore(task);
  const events = numberOf(task, 'events', SIZES.longLog);
  await fillScattered(store, createStreams(SIZES.streams), { events, tagged: false });
  return {
    round: () =>
      timed(async () => {
        let seats = 0;
        for (let after = 0n; ; ) {
          const page = await store.readLog({ after, limit: PAGE });
          for (const { data } of page.events) if (data.seat !== undefined) seats += 1;
          if (page.scannedTo === after) return seats;
          after = page.scannedTo;
        }
      }),
    close,
  };
}

/** Brings an empty read model up to the head of the log; each round a new one. */
export async function prepareCatchUp(task: Task): Promise<Prepared> {
  const opened = await openStore(task);
  const { store } = opened;
  const events = numberOf(task, 'events', SIZES.catchUp);
  await fillScattered(store, createStreams(SIZES.streams), { events, tagged: false });
  const readModels = await opened.openReadModels();
  const head = await store.head();
  let version = 0;
  return {
    round: async () => {
      version += 1;
      const live = await openReadModel({
        store,
        readModels,
        codec: bookings,
        readModel: flightsReadModel(version),
        onFailure: { retries: 0, backoffMs: 100, giveUp: 'stop' },
        clock: createSystemClock(),
        log: silentLog,
      });
      const stop = new AbortController();
      const figure = await timed(async () => {
        const running = live.runnable.run(stop.signal);
        await Promise.race([live.reached(head, stop.signal), running]);
        stop.abort();
        await running;
        return events;
      });
      if ((await live.checkpoint()) < head) throw new Error('the read model did not catch up');
      return figure;
    },
    close: async () => {
      await readModels.close();
      await opened.close();
    },
  };
}
