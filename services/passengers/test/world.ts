import { createLogBus } from '@tidemark/bus-log';
import type { EventEngine, EventReader, EventStore, Logger, MessageBus } from '@tidemark/core';
import { composeFlights } from '@tidemark/flights';
import {
  createEventStore,
  createMemoryKeys,
  createSystemClock,
  type Fetch,
  type Infrastructure,
  type Service,
  supervise,
} from '@tidemark/runtime';
import {
  createMemoryEventEngine,
  createMemoryLeases,
  createMemoryParking,
  createMemoryReadModels,
  createMemoryTimers,
} from '@tidemark/store-memory';
import { composePassengers } from '../src/index.ts';

/** What survives a crash. */
export function createDisk() {
  const one = () => ({
    engine: createMemoryEventEngine(),
    timers: createMemoryTimers(),
    parking: createMemoryParking(),
    readModels: createMemoryReadModels(),
  });
  return { flights: one(), passengers: one(), keys: createMemoryKeys() };
}

export type Disk = ReturnType<typeof createDisk>;

interface Options {
  /** How long a check-in waits for its outcome; long enough for every test unless given. */
  readonly settleWithinMs?: number;
  /** What stands between passengers and flights. */
  readonly wire?: (flights: Fetch) => Fetch;
  /** What stands between the passengers service and its store. */
  readonly storeOf?: (store: EventStore) => EventStore;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the tests know what they asked for
  readonly body: any;
}

/** Both services in one process, on one bus. Nothing runs before `start`. */
export async function openWorld(disk: Disk, options: Options = {}) {
  const lines: string[] = [];
  const services = new Map<string, Service>();
  const bus: MessageBus = createLogBus();
  const flightsStore = createEventStore(disk.flights.engine);
  const storeOf = options.storeOf ?? ((store: EventStore) => store);
  const store = storeOf(createEventStore(disk.passengers.engine as EventEngine));
  const answering: Fetch = (request) => (services.get('flights') as Service).fetch(request);
  const wire = options.wire ?? ((fetch: Fetch) => fetch);
  const between = wire(answering);
  const shared = {
    bus,
    keys: disk.keys,
    clock: createSystemClock(),
    log: loggerTo(lines),
    neighbour: () => between,
    serviceToken: 'token-of-the-services',
  };
  const infrastructure = (name: 'flights' | 'passengers'): Infrastructure => ({
    ...shared,
    store: name === 'flights' ? flightsStore : store,
    timers: disk[name].timers,
    readModels: disk[name].readModels,
    leases: createMemoryLeases(),
    parking: disk[name].parking,
  });
  const policy = { retries: 0, backoffMs: 1 };
  services.set('flights', await composeFlights(policy, infrastructure('flights')));
  services.set(
    'passengers',
    await composePassengers(
      { ...policy, settleWithinMs: options.settleWithinMs ?? 120_000, answerWithinMs: 120_000 },
      infrastructure('passengers'),
    ),
  );
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  return {
    ...api(services),
    bus,
    lines,
    stores: { flights: flightsStore, passengers: store },
    start: () => {
      const runnables = [...services.values()].flatMap((service) => service.runnables);
      running = supervise(runnables, { clock: shared.clock, log: shared.log }, stopping.signal);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

export type World = Awaited<ReturnType<typeof openWorld>>;

function api(services: ReadonlyMap<string, Service>) {
  async function call(
    method: string,
    path: string,
    parts: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
  ): Promise<Answered> {
    const service = services.get(path.split(/[/?]/)[1] ?? '') as Service;
    const response = await service.fetch(
      new Request(`http://127.0.0.1/api${path}`, {
        method,
        headers: { 'Content-Type': 'application/json', ...parts.headers },
        ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
      }),
    );
    const text = await response.text();
    const body = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, body };
  }

  async function created(path: string, body: unknown): Promise<string> {
    const answer = await call('POST', path, { body });
    if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  }

  return {
    call,
    newFlight: () =>
      created('/flights', { flightNumber: 'TM 1', origin: 'Oslo', destination: 'Rome' }),
    checkIn: (flightId: string, name = 'Ada Lovelace') =>
      created('/passengers', { flightId, name }),
    board: (id: string) => call('POST', `/passengers/${id}/board`),
    statusOf: async (path: string) => (await call('GET', path)).body.status,
  };
}

/** Resolves once `look` finds something, looking again whenever something was recorded. */
export async function eventually<Found>(
  store: EventReader,
  look: () => Promise<Found | undefined | false>,
): Promise<Found> {
  const giveUp = AbortSignal.timeout(120_000);
  for (;;) {
    const seen = await store.head();
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (giveUp.aborted) throw new Error('what was waited for never came');
    await store.awaitNews(seen, giveUp);
  }
}

/** Types of the events of a stream, in order. */
export async function typesOf(store: EventReader, id: string): Promise<string[]> {
  const page = await store.readLog({ after: 0n, limit: 10_000 });
  return page.events.filter(({ stream }) => stream === id).map(({ type }) => type);
}

/** A promise that is resolved by hand. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** The RPC method that a request calls. */
export async function methodOf(request: Request): Promise<string> {
  const call = (await request.clone().json()) as { readonly method: string };
  return call.method;
}

function loggerTo(lines: string[]): Logger {
  const write = (message: string, fields?: object) => {
    lines.push(JSON.stringify({ message, ...fields }));
  };
  const log: Logger = { debug: write, info: write, warn: write, error: write, with: () => log };
  return log;
}
