import { setTimeout as delay } from 'node:timers/promises';
import { createPostgresEventEngine } from '@tidemark/store-postgres';
import { type CrashablePostgres, readAll, startOwnPostgres } from '@tidemark/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, createApi } from './api.ts';
import { startChild, temporaryDataDir } from './child-platform.ts';

const CRASHES = Number(process.env.SERVER_CRASHES ?? 2);
const CLIENTS = 8;
const EACH = 60;
/** `OUTCOME_UNKNOWN` and `STORE_UNAVAILABLE`: try again. */
const TRY_AGAIN = 503;
const AGAIN_AFTER_MS = 20;
const FLIGHT = { flightNumber: 'PG 9', origin: 'Oslo', destination: 'Rome' };

let server: CrashablePostgres;
let data: Awaited<ReturnType<typeof temporaryDataDir>>;

beforeAll(async () => {
  server = await startOwnPostgres();
  data = await temporaryDataDir();
});
afterAll(async () => {
  await server?.stop();
  await data?.remove();
});

test(
  `the platform stays up while PostgreSQL crashes under load, and goes on where it was (${CRASHES} times)`,
  async () => {
    const env = { STORE_URL: server.url, READ_URL: server.url, KEYS_URL: server.url };
    const platform = await startChild(data.path, { env });
    const api = createApi(platform.url);
    const load = startLoad(api);
    for (let crash = 0; crash < CRASHES; crash += 1) {
      await load.untilCreated(EACH);
      await server.crash(crash % 2 === 0 ? 'SIGKILL' : 'SIGQUIT');
      // Somebody is told that the store is away, so the crash came into the load.
      await load.untilRefused();
      await server.restart();
    }
    await load.untilCreated(EACH);
    const created = await load.end();

    expect([...load.statuses].sort()).toEqual([201, TRY_AGAIN]);
    await verifyAnswers(api, created);
    await verifyReaders(api, created);
    expect(await platform.stop()).toBe(0);
    await verifyLog(created);
  },
  400_000 + CRASHES * 60_000,
);

interface Load {
  readonly untilCreated: (more: number) => Promise<void>;
  readonly untilRefused: () => Promise<void>;
  /** Ids of all flights by the key of their command, once no command is without an answer. */
  readonly end: () => Promise<ReadonlyMap<string, string>>;
  /** All that were answered. */
  readonly statuses: ReadonlySet<number>;
}

/** Clients that create flights without a pause, and repeat a command under its key until it is answered. */
function startLoad(api: Api): Load {
  const created = new Map<string, string>();
  const statuses = new Set<number>();
  let refused = 0;
  let ended = false;
  let waiting = { isOver: (): boolean => false, wake: (): void => undefined };
  const until = async (isOver: () => boolean): Promise<void> => {
    const over = new Promise<void>((wake) => {
      waiting = { isOver, wake };
    });
    // A client that gets no answer at all says more than that the wait never ends.
    await Promise.race([over, running]);
  };
  const createOnce = async (key: string): Promise<void> => {
    while (!created.has(key)) {
      const { status, id } = await createFlight(api, key);
      statuses.add(status);
      if (status === 201) created.set(key, id);
      else {
        refused += 1;
        await delay(AGAIN_AFTER_MS);
      }
      if (waiting.isOver()) waiting.wake();
    }
  };
  const createOn = async (client: number): Promise<void> => {
    for (let n = 0; !ended; n += 1) await createOnce(`client-${client}-flight-${n}`);
  };
  const running = Promise.all(Array.from({ length: CLIENTS }, (_, client) => createOn(client)));
  running.catch(() => undefined);
  return {
    statuses,
    untilCreated: (more) => {
      const from = created.size + more;
      return until(() => created.size >= from);
    },
    untilRefused: () => {
      const from = refused;
      return until(() => refused > from);
    },
    end: async () => {
      ended = true;
      await running;
      return created;
    },
  };
}

async function createFlight(api: Api, key: string): Promise<{ status: number; id: string }> {
  const answer = await api.call<{ id: string }>('POST', '/flights', {
    body: { ...FLIGHT, destination: key },
    headers: { 'Idempotency-Key': key },
  });
  return { status: answer.status, id: answer.body.id };
}

/** Every acknowledged flight is served, and its command repeated answers the same. */
async function verifyAnswers(api: Api, created: ReadonlyMap<string, string>): Promise<void> {
  for (const [key, id] of created) {
    const found = await api.flight(id);
    expect([found.status, found.body.destination]).toEqual([200, key]);
    expect(await createFlight(api, key)).toEqual({ status: 201, id });
  }
}

/** What follows the log goes on too: the read model holds each flight once, and audit hears of a new one. */
async function verifyReaders(api: Api, created: ReadonlyMap<string, string>): Promise<void> {
  const last = await api.call<{ id: string }>('POST', '/flights', { body: FLIGHT });
  const token = last.headers.get('Consistency-Token') ?? '';
  const listed: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await api.call<{ items: readonly { id: string }[]; next?: string }>(
      'GET',
      `/flights?limit=100${cursor}`,
      { headers: { 'Consistency-Token': token } },
    );
    listed.push(...page.body.items.map(({ id }) => id));
    if (page.body.next === undefined) break;
    cursor = `&cursor=${encodeURIComponent(page.body.next)}`;
  }
  expect([...listed].sort()).toEqual([...created.values(), last.body.id].sort());
  await api.untilEvent({ stream: `flight-${last.body.id}`, type: 'FlightScheduled' });
}

/** One order without gaps, every acknowledged flight once. */
async function verifyLog(created: ReadonlyMap<string, string>): Promise<void> {
  const engine = await createPostgresEventEngine({ url: server.url, schema: 'flights' });
  const log = await readAll(engine);
  await engine.close();
  expect(log.map(({ position }) => position)).toEqual(log.map((_, n) => BigInt(n + 1)));
  const scheduled = log.filter(({ type }) => type === 'FlightScheduled');
  expect(scheduled.length, 'and the one that readers were tried with').toBe(created.size + 1);
  const storedAs = new Map(
    scheduled.map(({ stream, data: { destination } }) => [stream, destination]),
  );
  for (const [key, id] of created) expect(storedAs.get(`flight-${id}`)).toBe(key);
}
