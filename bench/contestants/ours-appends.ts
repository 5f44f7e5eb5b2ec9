import type { AppendRequest, EventStore } from '@tidemark/core';
import { runCallers, runUntil } from '../harness/callers.ts';
import { numberOf, type Prepared, type Task } from '../harness/contestant.ts';
import { nextId } from '../harness/payload.ts';
import { SIZES } from '../harness/settings.ts';
import { createStreams, type Streams } from '../harness/streams.ts';
import { fillEach, fillScattered, nameOf, newEvent, newTags, openStore } from './ours-store.ts';

const WARM_CALLERS = 64;
const WARM_ALONE = 8_000;

/** Appends under the condition of the stream's last revision, with a command id. */
export async function prepareAppends(task: Task): Promise<Prepared> {
  const { store, close } = await openStore(task);
  const streams = createStreams(numberOf(task, 'streams', SIZES.streams));
  const perStream = numberOf(task, 'perStream', 0);
  if (perStream > 0) await fillEach(store, streams, perStream);
  await fillScattered(store, streams, { events: numberOf(task, 'filled', 0), tagged: false });
  const turn = appendTurn(store, {
    streams,
    perAppend: numberOf(task, 'perAppend', 1),
    part: numberOf(task, 'part', 0),
  });
  await runUntil(WARM_CALLERS, SIZES.warmEvents, turn);
  const callers = numberOf(task, 'callers', 1);
  // Batches share a call to the store, so until here a caller alone has run hardly any of the code it is measured with.
  if (callers < WARM_CALLERS)
    await runUntil(callers, WARM_ALONE * numberOf(task, 'perAppend', 1), turn);
  return { round: (forMs) => runCallers(callers, forMs, turn), close };
}

/** One append of a caller. Answers how many events it stored. */
export function appendTurn(
  store: EventStore,
  parts: { readonly streams: Streams; readonly perAppend: number; readonly part: number },
): () => Promise<number> {
  const { streams, perAppend, part } = parts;
  return async () => {
    const taken = streams.take();
    const stream = nameOf(taken.stream, part);
    const events = Array.from({ length: perAppend }, () => newEvent(stream));
    const revision = taken.last === -1 ? 'none' : taken.last;
    await mustAppend(store, { commandId: nextId(), events, conditions: [{ stream, revision }] });
    streams.give(taken, perAppend);
    return perAppend;
  };
}

/** Appends with two hashed tags, under the condition that nothing carries both. */
export async function prepareTagged(task: Task): Promise<Prepared> {
  const { store, close } = await openStore(task);
  const streams = createStreams(SIZES.streams);
  await fillScattered(store, streams, { events: numberOf(task, 'filled', 0), tagged: true });
  const everUnique = task.options.after === 'beginning';
  let seen = await store.head();
  const turn = async (): Promise<number> => {
    const tags = newTags();
    const position = await mustAppend(store, {
      commandId: nextId(),
      events: [newEvent(nameOf(streams.any()), tags)],
      conditions: [{ nothingMatches: [{ tags }], after: everUnique ? 0n : seen }],
    });
    if (position > seen) seen = position;
    return 1;
  };
  await runUntil(WARM_CALLERS, SIZES.warmEvents, turn);
  return { round: (forMs) => runCallers(numberOf(task, 'callers', 64), forMs, turn), close };
}

async function mustAppend(store: EventStore, request: AppendRequest): Promise<bigint> {
  const result = await store.append(request);
  if (result.kind !== 'appended') throw new Error(`an append ended as ${result.kind}`);
  return result.position;
}
