import {
  Fault,
  isKeepable,
  type Recorded,
  type StreamName,
  type StreamRange,
} from '@tidemark/core';
import { createBlockDecoder } from './event-rows.ts';
import type { RunRead } from './run-read.ts';

/** Events of one statement: enough to share its cost, few enough to be held at once. */
const PAGE_EVENTS = 1_000;
/** Pages that the server makes while one is handled: one that is being sent, and one behind it. */
const PAGES_AHEAD = 2;
const LAST_REVISION = 2_147_483_647;

/**
 * No row when there is no such stream, or nothing of it in the range. The last revision shows whether anything is
 * missing, and what is to come.
 */
const READ_STREAM = `select last_revision, {schema}.stream_block(sid, first, last)
from {schema}.stream_blocks($1, $2, $3)`;

type BlockRow = readonly [lastRevision: string | null, block: string | null];

interface Page {
  /** -1 when nothing was found. */
  readonly lastRevision: number;
  readonly blocks: readonly (readonly Recorded[])[];
}

/** Pages of a stream. @throws LOG_CORRUPT when a row does not match its checksum, or is not there. */
export async function* readStream(
  run: RunRead,
  stream: StreamName,
  { from = 0, upTo = LAST_REVISION }: StreamRange,
): AsyncGenerator<readonly Recorded[]> {
  const end = Math.min(upTo, LAST_REVISION);
  const ask = (first: number) => {
    const page = askFor(run, stream, { first, last: Math.min(end, first + PAGE_EVENTS - 1) });
    // A reader that stops early never awaits the page that was asked for ahead.
    page.catch(() => undefined);
    return page;
  };
  let first = Math.max(0, from);
  if (first > end || !isKeepable(stream)) return;
  const coming = [ask(first)];
  let unasked = first + PAGE_EVENTS;
  for (;;) {
    const { lastRevision = -1, blocks = [] } = (await coming.shift()) ?? {};
    const stored = Math.min(end, lastRevision);
    for (; coming.length < PAGES_AHEAD && unasked <= stored; unasked += PAGE_EVENTS) {
      coming.push(ask(unasked));
    }
    const page = eventsOf(blocks);
    const next = first + PAGE_EVENTS;
    assertWhole(page, { stream, first, last: Math.min(stored, next - 1) });
    if (page.length > 0) yield page;
    if (next > stored) return;
    first = next;
  }
}

async function askFor(
  run: RunRead,
  stream: StreamName,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<Page> {
  const decode = createBlockDecoder(() => stream);
  const blocks: (readonly Recorded[])[] = [];
  let lastRevision = -1;
  await run<BlockRow>(READ_STREAM, [stream, first, last], ([last, block]) => {
    lastRevision = Number(last ?? -1);
    if (block !== null) blocks.push(decode(block) ?? []);
  });
  return { lastRevision, blocks: blocks.splice(0) };
}

/** Nothing promises the order in which PostgreSQL answers blocks. */
function eventsOf(blocks: readonly (readonly Recorded[])[]): readonly Recorded[] {
  const ordered = blocks.toSorted(
    ([one], [other]) => (one?.revision ?? 0) - (other?.revision ?? 0),
  );
  return ordered.flat();
}

/** Revisions have no gaps, so a row that is missing was taken away. @throws LOG_CORRUPT. */
function assertWhole(
  page: readonly Recorded[],
  {
    stream,
    first,
    last,
  }: { readonly stream: string; readonly first: number; readonly last: number },
): void {
  let revision = first;
  for (const recorded of page) {
    if (recorded.revision !== revision) break;
    revision += 1;
  }
  if (revision > last) return;
  throw new Fault('LOG_CORRUPT', 'a stream has a gap', { facts: { stream, revision } });
}
