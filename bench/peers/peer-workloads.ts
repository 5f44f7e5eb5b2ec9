// The rows as a peer runs them: the same closed loops, streams and payloads as on our side.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { runCallers } from '../harness/callers.ts';
import { contest, numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { percentile, timed } from '../harness/figures.ts';
import { nextPayload, streamName } from '../harness/payload.ts';
import { SIZES } from '../harness/settings.ts';
import { createStreams } from '../harness/streams.ts';

type Data = Readonly<Record<string, unknown>>;

/** What a library can do. Revisions count from 0; `last` is -1 for a stream that must not exist. */
export interface Peer {
  readonly append: (stream: string, last: number, data: readonly Data[]) => Promise<unknown>;
  /** Reads and parses a stream; answers how many events it has. */
  readonly read?: (stream: string) => Promise<number>;
  /** Reads and folds a stream, and appends one event on condition that nobody did in between. */
  readonly command?: (stream: string, data: Data) => Promise<unknown>;
  readonly appendTagged?: (tags: readonly string[], data: Data) => Promise<unknown>;
  /** Resolves once a new read model has handled so many events from the beginning of the log. */
  readonly catchUp?: (events: number) => Promise<unknown>;
  /** Calls `handle` for each event from now on; answers how to stop. */
  readonly follow?: (handle: (data: Data) => void) => Promise<() => Promise<void>>;
  readonly close: () => Promise<void>;
}

/** Opens a library on the folder or database of its side. */
export type OpenPeer = (task: Task) => Promise<Peer>;

const CATEGORY = 'flight';
const FILL_EVENTS = 100;
const WARM_MS = 1_000;
/** Streams to replay: fewer than on our side, because some write one event at a time. */
const REPLAYED = Math.min(100, SIZES.replayed);
const LATENCY_APART_MS = 7;

/** Runs a library in the rows that it has the operations for. The whole program of a peer. */
export function contestAsPeer(open: OpenPeer): void {
  contest({
    append: async (task) => prepareAppends(await open(task), task),
    'read-stream': async (task) => prepareRead(await open(task)),
    command: async (task) => prepareCommands(await open(task), task),
    tagged: async (task) => prepareTagged(await open(task), task),
    'catch-up': async (task) => prepareCatchUp(await open(task)),
    latency: async (task) => prepareLatency(await open(task)),
  });
}

async function prepareAppends(peer: Peer, task: Task): Promise<Prepared> {
  const streams = createStreams(SIZES.streams);
  const perAppend = numberOf(task, 'perAppend', 1);
  const turn = async (): Promise<number> => {
    const taken = streams.take();
    const data = Array.from({ length: perAppend }, nextPayload);
    await peer.append(streamName(CATEGORY, taken.stream), taken.last, data);
    streams.give(taken, perAppend);
    return perAppend;
  };
  const callers = numberOf(task, 'callers', 1);
  await runCallers(callers, WARM_MS, turn);
  return { round: (forMs) => runCallers(callers, forMs, turn), close: peer.close };
}

async function prepareRead(peer: Peer): Promise<Prepared> {
  const read = must(peer.read, 'reading');
  const name = streamName(CATEGORY, 0);
  await fill(peer, name, SIZES.peerStream);
  return { round: () => timed(() => read(name)), close: peer.close };
}

async function prepareCommands(peer: Peer, task: Task): Promise<Prepared> {
  const command = must(peer.command, 'commands');
  const streams = createStreams(REPLAYED);
  const perStream = numberOf(task, 'perStream', 100);
  for (let n = 0; n < REPLAYED; n += 1) await fill(peer, streamName(CATEGORY, n), perStream);
  const turn = async (): Promise<number> => {
    const taken = streams.take();
    await command(streamName(CATEGORY, taken.stream), nextPayload());
    streams.give(taken, 1);
    return 1;
  };
  const callers = numberOf(task, 'callers', 1);
  await runCallers(callers, WARM_MS, turn);
  return { round: (forMs) => runCallers(callers, forMs, turn), close: peer.close };
}

async function prepareTagged(peer: Peer, task: Task): Promise<Prepared> {
  const append = must(peer.appendTagged, 'tags');
  const turn = async (): Promise<number> => {
    const tags = [`seat=${crypto.randomUUID()}`, `passenger=${crypto.randomUUID()}`];
    await append(tags, nextPayload());
    return 1;
  };
  const callers = numberOf(task, 'callers', 1);
  await runCallers(callers, WARM_MS, turn);
  return { round: (forMs) => runCallers(callers, forMs, turn), close: peer.close };
}

async function prepareCatchUp(peer: Peer): Promise<Prepared> {
  const catchUp = must(peer.catchUp, 'read models');
  const events = SIZES.peerCatchUp;
  const streams = Math.ceil(events / FILL_EVENTS);
  for (let n = 0; n < streams; n += 1) await fill(peer, streamName(CATEGORY, n), FILL_EVENTS);
  return {
    round: () =>
      timed(async () => {
        await catchUp(events);
        return events;
      }),
    close: peer.close,
  };
}

async function prepareLatency(peer: Peer): Promise<Prepared> {
  const follow = must(peer.follow, 'subscriptions');
  const tookMs: number[] = [];
  const stop = await follow((data) => tookMs.push(wallMs() - Number(data.sentAtMs)));
  let stream = 0;
  const append = async (): Promise<void> => {
    stream += 1;
    const data = { ...nextPayload(), sentAtMs: wallMs() };
    await peer.append(streamName(CATEGORY, stream), -1, [data]);
  };
  return {
    round: async () => {
      tookMs.length = 0;
      for (let sample = 0; sample < SIZES.peerLatencySamples; sample += 1) {
        await append();
        await delay(LATENCY_APART_MS);
      }
      while (tookMs.length < SIZES.peerLatencySamples) await delay(5);
      return { p50Ms: percentile(tookMs, 0.5) ?? 0, p99Ms: percentile(tookMs, 0.99) ?? 0 };
    },
    close: async () => {
      await stop();
      await peer.close();
    },
  };
}

async function fill(peer: Peer, stream: string, events: number): Promise<void> {
  for (let last = -1; last < events - 1; last += FILL_EVENTS) {
    const size = Math.min(FILL_EVENTS, events - 1 - last);
    await peer.append(stream, last, Array.from({ length: size }, nextPayload));
  }
}

function must<Operation>(operation: Operation | undefined, what: string): Operation {
  if (operation === undefined) throw new Error(`it has no ${what}`);
  return operation;
}

function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

/** A database of a side's own, for libraries that choose their tables' names themselves. */
export interface OwnDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

export async function createDatabase({ url = '', schema = 'bench' }: Task): Promise<OwnDatabase> {
  await runOn(url, `create database ${schema}`);
  const own = new URL(url);
  own.pathname = `/${schema}`;
  return { url: own.href, drop: () => runOn(url, `drop database ${schema} with (force)`) };
}

/** Runs statements on a connection of their own. */
export async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
