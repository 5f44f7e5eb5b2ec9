import type { AppendRequest, EventEngine, StreamName } from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import {
  appendOf,
  type CrashablePostgres,
  checkHistory,
  countOutcomes,
  createRandom,
  type HistoryCall,
  modelSeeds,
  newEvent,
  type Random,
  type RecordedStore,
  readAll,
  recordCalls,
  startOwnPostgres,
} from '@tidemark/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresEventEngine } from '../src/event-engine.ts';

const CRASHES = Number(process.env.SERVER_CRASHES ?? 4);
const CLIENTS = 8;
/** Acknowledgements between two crashes. */
const EACH = 150;
const [SEED = 0] = modelSeeds(1);
const STREAMS: readonly StreamName[] = ['door-1', 'door-2', 'gate-1'];

let server: CrashablePostgres;

beforeAll(async () => {
  server = await startOwnPostgres();
});
afterAll(() => server.stop());

test(
  `${CRASHES} crashes of the server under load lose nothing acknowledged and store nothing twice (SEED=${SEED})`,
  async () => {
    const random = createRandom(SEED);
    const open = () => createPostgresEventEngine({ url: server.url, schema: 'crashes' });
    const engines: readonly EventEngine[] = [await open(), await open()];
    const calls: HistoryCall[] = [];
    const load = startLoad(engines, calls);
    for (let crash = 0; crash < CRASHES; crash += 1) {
      await load.untilAcknowledged(1 + random.whole(0, EACH));
      await server.crash(crash % 2 === 0 ? 'SIGQUIT' : 'SIGKILL');
      await server.restart();
    }
    await load.untilAcknowledged(EACH);
    const settled = await load.end();

    const log = await readAll(engines[0] as EventEngine);
    expect(checkHistory(calls, log)).toEqual([]);
    // Every request that had an unknown outcome or none was repeated until it was known.
    expect(settled.every(({ kind }) => kind !== 'unknown' && kind !== 'refused')).toBe(true);
    const { appended = 0, duplicate = 0, unknown = 0 } = countOutcomes(calls);
    expect(log.length).toBe(settled.filter(({ kind }) => kind !== 'conflict').length);
    expect(Math.min(appended, unknown), `duplicates: ${duplicate}`).toBeGreaterThan(0);
    await Promise.all(engines.map((engine) => engine.close()));
  },
  400_000 + CRASHES * 60_000,
);

interface Load {
  /** Resolves when so many more appends have been accepted. */
  readonly untilAcknowledged: (count: number) => Promise<void>;
  /** Lets each client settle what it is about; answers the last outcome of each request. */
  readonly end: () => Promise<readonly { readonly kind: string }[]>;
}

/** Clients of all engines that append without a pause and repeat by command id whatever has no sure answer. */
function startLoad(engines: readonly EventEngine[], calls: HistoryCall[]): Load {
  let ended = false;
  let acknowledged = 0;
  let waiting = { from: Number.POSITIVE_INFINITY, wake: (): void => undefined };
  const settled: { readonly kind: string }[] = [];
  const onSettled = (kind: string): void => {
    settled.push({ kind });
    if (kind === 'appended') acknowledged += 1;
    if (acknowledged >= waiting.from) waiting.wake();
  };
  const clients = engines.flatMap((engine, place) => {
    const store = recordCalls(createEventStore(engine), calls);
    return Array.from({ length: CLIENTS }, (_, n) =>
      appendOn({
        name: `e${place}.${n}`,
        store,
        random: createRandom(SEED + place * 1_000 + n),
        isEnded: () => ended,
        onSettled,
      }),
    );
  });
  return {
    untilAcknowledged: (count) =>
      new Promise((wake) => {
        waiting = { from: acknowledged + count, wake };
      }),
    end: async () => {
      ended = true;
      await Promise.all(clients);
      return settled;
    },
  };
}

interface Client {
  readonly name: string;
  readonly store: RecordedStore;
  readonly random: Random;
  readonly isEnded: () => boolean;
  readonly onSettled: (kind: string) => void;
}

/** Half of the appends expect a revision that an answer told, on streams that all clients share. */
async function appendOn({ name, store, random, isEnded, onSettled }: Client): Promise<void> {
  const known = new Map<StreamName, number | 'none'>();
  for (let n = 0; !isEnded(); n += 1) {
    const stream = random.pick([...STREAMS, `own-${name}` as StreamName]);
    const revision = known.get(stream);
    const conditions =
      revision === undefined || random.chance(0.5) ? [] : [{ stream, revision } as const];
    const commandId = `${name}-${n}`;
    const request = appendOf([newEvent(stream, { id: commandId })], conditions, { commandId });
    const outcome = await settle(store, request);
    onSettled(outcome.kind);
    if (outcome.kind === 'conflict' && typeof outcome.actual !== 'bigint') {
      known.set(stream, outcome.actual);
    } else if (outcome.kind !== 'conflict') {
      const receipt = outcome.kind === 'duplicate' ? outcome.first : outcome;
      known.set(stream, receipt.revisions[stream] as number);
    }
  }
}

async function settle(store: RecordedStore, request: AppendRequest) {
  for (;;) {
    const outcome = await store.append(request);
    if (typeof outcome !== 'string') return outcome;
  }
}
