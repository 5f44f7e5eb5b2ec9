import { expect, test } from 'vitest';
import { type Api, createApi } from './api.ts';
import { type ChildPlatform, startChild, temporaryDataDir } from './child-platform.ts';
import { foldedAgain, readWholeLog } from './stored-data.ts';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 20);
const COMMANDS = 1_000;
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

/** A command that a client sent, and what it was told. */
interface Sent {
  readonly key: string;
  /** Id of what it created; `undefined` when no answer came before the kill. */
  acknowledged: string | undefined;
}

test(
  `${ROUNDS} kills in the middle of ${COMMANDS} concurrent commands lose nothing acknowledged and store nothing twice (SEED=${SEED})`,
  async () => {
    const random = mulberry32(SEED);
    const data = await temporaryDataDir();
    const sent: Sent[] = [];
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const platform = await startChild(data.path);
        const killAfter = 1 + Math.floor(random() * COMMANDS * 0.9);
        sent.push(...(await sendAndKill(platform, { round, killAfter })));
      }
      await verifyOverHttp(data.path, sent);
      await verifyOnDisk(data.path, sent);
    } finally {
      await data.remove();
    }
  },
  400_000 + ROUNDS * 60_000,
);

/** Sends all commands at once and kills the platform as soon as so many have been acknowledged. */
async function sendAndKill(
  platform: ChildPlatform,
  { round, killAfter }: { round: number; killAfter: number },
): Promise<Sent[]> {
  const api = createApi(platform.url);
  let acknowledged = 0;
  let killed: Promise<void> | undefined;
  const commands = Array.from({ length: COMMANDS }, (_, n): Sent => {
    return { key: `round-${round}-command-${n}`, acknowledged: undefined };
  });
  await Promise.all(
    commands.map(async (command) => {
      command.acknowledged = await createFlight(api, command.key).catch(() => undefined);
      if (command.acknowledged === undefined) return;
      acknowledged += 1;
      if (acknowledged === killAfter) killed = platform.kill();
    }),
  );
  expect(acknowledged, 'so many were acknowledged').toBeGreaterThanOrEqual(killAfter);
  await killed;
  return commands;
}

async function createFlight(api: Api, key: string): Promise<string | undefined> {
  const answer = await api.call<{ id: string }>('POST', '/flights', {
    body: { flightNumber: 'KILL 9', origin: 'Oslo', destination: key },
    headers: { 'Idempotency-Key': key },
  });
  return answer.status === 201 ? answer.body.id : undefined;
}

/** After the last kill: the acknowledged flights are served, and repeating any command answers it once more, the same. */
async function verifyOverHttp(dataDir: string, sent: readonly Sent[]): Promise<void> {
  const platform = await startChild(dataDir);
  const api = createApi(platform.url);
  try {
    const last = sent.slice(-COMMANDS);
    await sideBySide(last, async ({ key, acknowledged }) => {
      if (acknowledged === undefined) return;
      const found = await api.flight(acknowledged);
      expect([found.status, found.body.destination]).toEqual([200, key]);
    });
    await sideBySide(last, async (command) => {
      const again = await createFlight(api, command.key);
      expect(again).toBe(command.acknowledged ?? again);
      expect(again).toBeDefined();
    });
    await untilListed(api);
  } finally {
    expect(await platform.stop()).toBe(0);
  }
}

/** A stop does not wait for read models: one more flight, and a list that has come as far. */
async function untilListed(api: Api): Promise<void> {
  const body = { flightNumber: 'KILL 9', origin: 'Oslo', destination: 'the last one' };
  const { headers } = await api.call('POST', '/flights', { body });
  const token = headers.get('consistency-token') ?? '';
  const list = await api.call('GET', '/flights', { headers: { 'Consistency-Token': token } });
  expect(list.status).toBe(200);
}

/** Does the work for all items, 32 at a time. */
async function sideBySide<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: 32 }, worker));
}

/** Every acknowledged command of every round is there, no event twice, and the read model holds what a fold of the whole log gives. */
async function verifyOnDisk(dataDir: string, sent: readonly Sent[]): Promise<void> {
  const log = await readWholeLog(`${dataDir}/flights.db`);
  const places = log.map(({ stream, revision }) => `${stream}@${revision}`);
  expect(new Set(places).size).toBe(places.length);
  expect(log.map(({ position }) => position)).toEqual(log.map((_, n) => BigInt(n + 1)));
  const destinations = log.map(({ data }) => String(data.destination));
  expect(new Set(destinations).size, 'each command stored once').toBe(destinations.length);
  const storedAs = new Map(log.map(({ stream, data }) => [stream, data.destination]));
  for (const { key, acknowledged } of sent) {
    if (acknowledged === undefined) continue;
    expect(storedAs.get(`flight-${acknowledged}`), `acknowledged as ${acknowledged}`).toBe(key);
  }

  const { stored, folded } = await foldedAgain(dataDir);
  expect(stored.size).toBe(log.length);
  expect(stored).toEqual(folded);
}

/** A small seeded generator. Source: mulberry32, T. Ettinger, public domain. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
