import type { AppendRequest, Cause, Condition, NewEvent, StreamName } from '@tidemark/core';

let lastId = 0;

/** An id that no other call in this process gets. For tests only: it says nothing about time or order. */
export function uniqueId(prefix = 'id'): string {
  lastId += 1;
  return `${prefix}-${process.pid}-${lastId}`;
}

/** A cause for tests. */
export const TEST_CAUSE: Cause = {
  correlationId: 'correlation-1',
  causationId: 'causation-1',
  actor: 'tester',
};

/**
 * An event to append, complete with an id and a cause; the parts that matter to a test are given.
 *
 * @example
 * newEvent('flight-1', { type: 'FlightDeparted', tags: ['gate:4'] });
 */
export function newEvent(stream: StreamName, parts: Partial<NewEvent> = {}): NewEvent {
  return {
    id: uniqueId('event'),
    stream,
    type: 'SomethingHappened',
    schema: 1,
    data: { note: 'as it was' },
    cause: TEST_CAUSE,
    ...parts,
  };
}

/** That many events of one stream, numbered from 0 in `data.n`. */
export function newEvents(stream: StreamName, count: number): readonly NewEvent[] {
  return Array.from({ length: count }, (_, n) => newEvent(stream, { data: { n } }));
}

/**
 * A request to append, without conditions unless given.
 *
 * @example
 * appendOf([newEvent('flight-1')], [{ stream: 'flight-1', revision: 'none' }]);
 */
export function appendOf(
  events: readonly NewEvent[],
  conditions: readonly Condition[] = [],
  command: Pick<AppendRequest, 'commandId' | 'fingerprint'> = {},
): AppendRequest {
  return { events, conditions, ...command };
}
