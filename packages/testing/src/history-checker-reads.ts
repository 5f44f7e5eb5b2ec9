import { matches, type Recorded } from '@tidemark/core';
import type { HeadCall, LogCall, Seen, StreamCall } from './history-checker-calls.ts';
import { countUpTo, type FinalLog } from './history-checker-log.ts';
import type { Order } from './history-checker-order.ts';

type ReadCall = LogCall | StreamCall | HeadCall;

/** Each read answered what the final log holds, with all that was known before, and nothing from later. */
export function checkReads(
  calls: readonly ReadCall[],
  order: Order,
  log: FinalLog,
): readonly string[] {
  return calls.flatMap((call) => {
    const span = {
      from: order.knownBefore(call.invokedAt),
      upTo: order.possibleAt(call.respondedAt),
    };
    if (call.kind === 'read-log') return checkLogCall(call, span, log);
    if (call.kind === 'read-stream') return checkStreamCall(call, span, log);
    if (call.head < span.from) return [`the head was ${call.head}, and ${span.from} was known`];
    return call.head > span.upTo ? [`the head was ${call.head} before that was asked for`] : [];
  });
}

interface PositionSpan {
  readonly from: bigint;
  readonly upTo: bigint;
}

function checkLogCall(call: LogCall, span: PositionSpan, log: FinalLog): readonly string[] {
  const { page, seen, scannedTo } = call;
  const { after, limit, query } = page;
  const name = `the page behind ${after}`;
  const wanted = log.events
    .slice(Number(after), Number(scannedTo))
    .filter((event) => query === undefined || matches(query, event));
  if (seen.length > limit) return [`${name} holds more than ${limit} events`];
  if (!areSame(seen, wanted)) return [`${name} is not what the log holds up to ${scannedTo}`];
  if (scannedTo < after) return [`${name} was scanned to ${scannedTo}`];
  if (scannedTo <= after && span.from > after) {
    return [`${name} ends where it began, though ${span.from} was known`];
  }
  const isAhead = scannedTo > span.upTo && scannedTo > after;
  return isAhead ? [`${name} reached ${scannedTo} before that was asked for`] : [];
}

function checkStreamCall(call: StreamCall, span: PositionSpan, log: FinalLog): readonly string[] {
  const { stream, seen } = call;
  const { from = 0, upTo = Number.POSITIVE_INFINITY } = call.range;
  const first = Math.max(0, from);
  const whole = log.streams.get(stream) ?? [];
  if (!areSame(seen, whole.slice(first, first + seen.length))) {
    return [`${stream} was read otherwise than the log holds it`];
  }
  const end = first + seen.length;
  if (seen.length > 0 && end - 1 > upTo) return [`${stream} was read behind revision ${upTo}`];
  const known = Math.min(countUpTo(log, stream, span.from), upTo + 1);
  if (end < known) return [`${stream} was read to ${end - 1}, and ${known - 1} was known`];
  const isAhead = (seen.at(-1)?.position ?? 0n) > span.upTo;
  return isAhead ? [`${stream} held an event before that was asked for`] : [];
}

function areSame(seen: readonly Seen[], wanted: readonly Recorded[]): boolean {
  return (
    seen.length === wanted.length &&
    seen.every(({ id, stream, revision, position }, place) => {
      const event = wanted[place] as Recorded;
      return (
        id === event.id &&
        position === event.position &&
        stream === event.stream &&
        revision === event.revision
      );
    })
  );
}
