import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore } from '@tidemark/core';
import { createFeed, createRelay } from '@tidemark/runtime';
import { numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { type Figure, percentile } from '../harness/figures.ts';
import { CAUSE, nextId, nextPayload, TYPE } from '../harness/payload.ts';
import { SIZES } from '../harness/settings.ts';
import { startSide } from '../harness/side.ts';
import { bookings } from './bookings.ts';
import { nameOf, openStore } from './ours-store.ts';

const PROGRAM = 'bench/contestants/ours.ts';
const TOPIC = 'bench.booked.v1';
/** Between appends, so that each finds the reader waiting. */
const APART_MS = 7;
const ARRIVES_WITHIN_MS = 30_000;

/** From the call of `append` to the handler of a subscription in the same process. */
export async function prepareLatency(task: Task): Promise<Prepared> {
  const follower = await follow(task);
  return {
    round: () => follower.measure(() => appendSamples(follower.store, samplesOf(task))),
    close: follower.close,
  };
}

/** The same, with the writer in another process. */
export async function prepareLatencyBetween(task: Task): Promise<Prepared> {
  const follower = await follow(task);
  const writer = await startSide(
    PROGRAM,
    { ...task, workload: 'append-samples' },
    { profiled: false },
  );
  return {
    round: () => follower.measure(() => writer.round(0).then(() => samplesOf(task))),
    close: async () => {
      await writer.close();
      await follower.close();
    },
  };
}

/** The writer of the other process. */
export async function prepareSamples(task: Task): Promise<Prepared> {
  const { store, close } = await openStore(task);
  return {
    round: async () => {
      await appendSamples(store, samplesOf(task));
      return {};
    },
    close,
  };
}

interface Follower {
  readonly store: EventStore;
  readonly measure: (write: () => Promise<number>) => Promise<Figure>;
  readonly close: () => Promise<void>;
}

/** A subscription as services have it: a feed of the log, with a checkpoint. */
async function follow(task: Task): Promise<Follower> {
  const opened = await openStore(task);
  const { store } = opened;
  const readModels = await opened.openReadModels();
  let tookMs: number[] = [];
  let arrived = (): void => {};
  const relay = createRelay({
    feed: createFeed({
      service: 'bench',
      store,
      codec: bookings,
      out: ({ stream, event }) => [{ topic: TOPIC, key: stream, data: { ...event.data } }],
    }),
    topics: [TOPIC],
    checkpoints: readModels.checkpoints,
    publish: async (messages) => {
      const nowMs = wallMs();
      for (const { data } of messages) tookMs.push(nowMs - Number(data.sentAtMs));
      arrived();
    },
  });
  const stop = new AbortController();
  const running = relay.run(stop.signal);
  return {
    store,
    measure: async (write) => {
      tookMs = [];
      const samples = await write();
      const endMs = performance.now() + ARRIVES_WITHIN_MS;
      while (tookMs.length < samples && performance.now() < endMs) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
          setTimeout(resolve, 100);
        });
      }
      if (tookMs.length < samples) throw new Error(`${tookMs.length} of ${samples} arrived`);
      return { p50Ms: percentile(tookMs, 0.5) ?? 0, p99Ms: percentile(tookMs, 0.99) ?? 0 };
    },
    close: async () => {
      stop.abort();
      await running;
      await readModels.close();
      await opened.close();
    },
  };
}

async function appendSamples(store: EventStore, samples: number): Promise<number> {
  for (let sample = 0; sample < samples; sample += 1) {
    const id = nextId();
    const stream = nameOf(sample);
    const data = { ...nextPayload(), sentAtMs: wallMs() };
    const event = { id, stream, type: TYPE, schema: 1, data, cause: CAUSE };
    const result = await store.append({ commandId: id, events: [event], conditions: [] });
    if (result.kind !== 'appended') throw new Error(`a sample ended as ${result.kind}`);
    await delay(APART_MS);
  }
  return samples;
}

/** Finer than `Date.now()`, and the same in all processes of a machine. */
function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

function samplesOf(task: Task): number {
  return numberOf(task, 'samples', SIZES.latencySamples);
}
