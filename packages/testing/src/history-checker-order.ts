import { isDeepStrictEqual } from 'node:util';
import { type Condition, matches } from '@tidemark/core';
import { type Attempt, nameOf } from './history-checker-appends.ts';
import type { AppendCall, HistoryCall } from './history-checker-calls.ts';
import { countUpTo, type FinalLog } from './history-checker-log.ts';

/** What time says about places in the log. */
export interface Order {
  /** The highest position that somebody had been told of before that time; `0n` at first. */
  readonly knownBefore: (time: bigint) => bigint;
  /** The last position that a call which ended at that time can have seen. */
  readonly possibleAt: (time: bigint) => bigint;
}

interface Mark {
  readonly at: bigint;
  readonly position: bigint;
}

/** Learns from every answer, of appends and of reads. */
export function learnOrder(
  calls: readonly HistoryCall[],
  attempts: readonly Attempt[],
  log: FinalLog,
): Order {
  const told = byTime(calls.map((call) => ({ at: call.respondedAt, position: toldBy(call) })));
  const asked = byTime(attempts.flatMap(startOf)).reverse();
  const end = BigInt(log.events.length);
  const highest = running(told, (one, best) => one > best);
  const lowest = running(asked, (one, best) => one < best).reverse();
  return {
    knownBefore: (time) => highest[findFrom(highest, time) - 1]?.position ?? 0n,
    possibleAt: (time) => {
      const next = lowest[findFrom(lowest, time)];
      return next === undefined ? end : next.position - 1n;
    },
  };
}

/** An append stands behind everything that was known when it was asked for. */
export function checkOrder(attempts: readonly Attempt[], order: Order): readonly string[] {
  return attempts.flatMap(({ calls, accepted, place }) => {
    if (place === undefined || accepted === undefined) return [];
    const known = order.knownBefore(startedAt(calls));
    if (place.first > known) return [];
    return [`${nameOf(calls)} stands at ${place.first}, though ${known} was known before`];
  });
}

/** What a conflict said was true at some moment while the call was under way. */
export function checkConflicts(
  calls: readonly AppendCall[],
  order: Order,
  log: FinalLog,
): readonly string[] {
  return calls.flatMap(({ outcome, request, invokedAt, respondedAt }) => {
    if (typeof outcome === 'string' || outcome.kind !== 'conflict') return [];
    const name = `the append of ${request.events[0]?.id}`;
    if (!request.conditions.some((one) => isDeepStrictEqual(one, outcome.condition))) {
      return [`${name} was refused for a condition which it did not ask for`];
    }
    const span = { from: order.knownBefore(invokedAt), upTo: order.possibleAt(respondedAt) };
    if (wasTrue(log, outcome, span)) return [];
    const what = 'stream' in outcome.condition ? outcome.condition.stream : 'a query';
    return [`${name} was refused: ${what} at ${outcome.actual} was never so`];
  });
}

function wasTrue(
  log: FinalLog,
  { condition, actual }: { readonly condition: Condition; readonly actual: unknown },
  { from, upTo }: { readonly from: bigint; readonly upTo: bigint },
): boolean {
  if ('stream' in condition) {
    const { stream, revision } = condition;
    if (actual === revision || (actual !== 'none' && revision === 'some')) return false;
    const last = actual === 'none' ? -1 : Number(actual);
    return countUpTo(log, stream, from) <= last + 1 && countUpTo(log, stream, upTo) >= last + 1;
  }
  if (typeof actual !== 'bigint' || actual <= condition.after || actual > upTo) return false;
  const event = log.events[Number(actual) - 1];
  return event !== undefined && matches(condition.nothingMatches, event);
}

/** The highest position that an answer named. */
function toldBy(call: HistoryCall): bigint {
  if (call.kind === 'head') return call.head;
  if (call.kind !== 'append') return call.seen.at(-1)?.position ?? 0n;
  const { outcome } = call;
  if (typeof outcome === 'string') return 0n;
  if (outcome.kind === 'appended') return outcome.position;
  if (outcome.kind === 'duplicate') return outcome.first.position;
  return typeof outcome.actual === 'bigint' ? outcome.actual : 0n;
}

function startOf({ calls, place }: Attempt): readonly Mark[] {
  return place === undefined ? [] : [{ at: startedAt(calls), position: place.first }];
}

/** When the events were first asked for by a call that may have stored them. */
function startedAt(calls: readonly AppendCall[]): bigint {
  const sure = calls.find(
    ({ outcome }) => typeof outcome !== 'string' && outcome.kind === 'appended',
  );
  const unknown = calls.filter(({ outcome }) => outcome === 'unknown');
  const starts = (sure === undefined ? unknown : [sure]).map(({ invokedAt }) => invokedAt);
  return starts.sort(ascending)[0] ?? 0n;
}

function byTime(marks: readonly Mark[]): Mark[] {
  return [...marks].sort((one, other) => ascending(one.at, other.at));
}

/** Each mark with the best position up to it. */
function running(marks: readonly Mark[], isBetter: (one: bigint, best: bigint) => boolean): Mark[] {
  let best: bigint | undefined;
  return marks.map(({ at, position }) => {
    if (best === undefined || isBetter(position, best)) best = position;
    return { at, position: best };
  });
}

function ascending(one: bigint, other: bigint): number {
  return one < other ? -1 : 1;
}

/** Place of the first mark at that time or later. */
function findFrom(marks: readonly Mark[], time: bigint): number {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle] as Mark).at < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
