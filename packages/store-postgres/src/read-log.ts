import {
  assertLogPage,
  Fault,
  isFault,
  type LogPage,
  type LogPageRequest,
  type Recorded,
} from '@tidemark/core';
import { createBlockDecoder, sidsIn } from './event-rows.ts';
import { buildLogQuery, NEVER_REACHED } from './log-query.ts';
import type { RunRead } from './run-read.ts';
import { satisfiable } from './satisfiable-query.ts';
import { createStreamNames, type StreamNames } from './stream-names.ts';

/** Events of one statement: enough to share its cost, few enough to be held at once. */
const PAGE_EVENTS = 1_000;

type BlockRow = readonly [head: string, block: string | null];

/** One that is still text has an event of a stream whose name was not known when it came, or is another. */
type Block = readonly Recorded[] | string;

interface Parts {
  readonly run: RunRead;
  readonly names: StreamNames;
}

/**
 * Reads pages of the log. Answers RangeError for a page that cannot be asked for, and LOG_CORRUPT when a row does not
 * match its checksum, or is not there.
 */
export function createReadLog(run: RunRead): (page: LogPageRequest) => Promise<LogPage> {
  const parts = { run, names: createStreamNames(run) };
  return async (page) => {
    assertLogPage(page);
    const { after, query } = page;
    if (after >= NEVER_REACHED) return { events: [], scannedTo: after };
    return readPages(parts, query === undefined ? page : { ...page, query: satisfiable(query) });
  };
}

async function readPages(parts: Parts, page: LogPageRequest): Promise<LogPage> {
  const { limit } = page;
  const first = await readPage(parts, { ...page, limit: Math.min(limit, PAGE_EVENTS) });
  if (limit <= PAGE_EVENTS || first.events.length < PAGE_EVENTS) return first;
  const rest = await readPages(parts, {
    ...page,
    after: first.scannedTo,
    limit: limit - PAGE_EVENTS,
  });
  return { events: [...first.events, ...rest.events], scannedTo: rest.scannedTo };
}

async function readPage(parts: Parts, { after, limit, query }: LogPageRequest): Promise<LogPage> {
  const { sql, values, window } = buildLogQuery(query, { after, limit });
  const decode = createBlockDecoder(parts.names.nameOf);
  const blocks: Block[] = [];
  let head = 0n;
  await parts.run<BlockRow>(sql, values, ([position, block]) => {
    head = BigInt(position);
    if (block !== null) blocks.push(unlessCorrupt(() => decode(block)) ?? block);
  });
  const events = await eventsOf(parts.names, blocks.splice(0));
  const last = events.at(-1);
  const end = window === undefined || window > head ? head : window;
  const scannedTo = last !== undefined && events.length === limit ? last.position : end;
  if (query === undefined) assertWhole(events, after, end);
  return { events, scannedTo: scannedTo > after ? scannedTo : after };
}

/** Nothing promises the order in which PostgreSQL answers blocks. */
async function eventsOf(
  names: StreamNames,
  blocks: readonly Block[],
): Promise<readonly Recorded[]> {
  const undecoded = blocks.filter((block) => typeof block === 'string');
  const sids = new Set(undecoded.flatMap((one) => [...sidsIn(one)]));
  const decodeAll = async () => {
    const decode = createBlockDecoder(await names.learn(sids));
    return blocks.map((block) => decodeBlock(block, decode));
  };
  const decoded = await decodeAll().catch((error: unknown) => {
    if (undecoded.length === 0 || !isFault(error, 'LOG_CORRUPT')) throw error;
    // Streams of a log that was put back under this process may have each other's numbers.
    names.forget(sids);
    return decodeAll();
  });
  decoded.sort(([one], [other]) => Number((one?.position ?? 0n) - (other?.position ?? 0n)));
  return decoded.flat();
}

function decodeBlock(
  block: Block,
  decode: (block: string) => readonly Recorded[] | undefined,
): readonly Recorded[] {
  const events = typeof block === 'string' ? decode(block) : block;
  if (events === undefined) throw new Fault('LOG_CORRUPT', 'an event belongs to no stream');
  return events;
}

function unlessCorrupt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (isFault(error, 'LOG_CORRUPT')) return undefined;
    throw error;
  }
}

/** Positions have no gaps, so a row that is missing was taken away. @throws LOG_CORRUPT. */
function assertWhole(events: readonly Recorded[], after: bigint, end: bigint): void {
  let expected = after;
  for (const { position } of events) {
    expected += 1n;
    if (position !== expected) throw gapAt(expected, position);
  }
  if (expected < end) throw gapAt(expected + 1n, undefined);
}

function gapAt(position: bigint, found: bigint | undefined): Fault {
  const facts = {
    position: String(position),
    ...(found !== undefined && { found: String(found) }),
  };
  return new Fault('LOG_CORRUPT', 'the log has a gap', { facts });
}
