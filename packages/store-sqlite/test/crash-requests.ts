import type { AppendRequest, NewEvent } from '@tidemark/core';

const APPENDS = 12;
/** Larger than a page of the file, so that an append is several writes. */
const LARGE = 'x'.repeat(20_000);

/** What a child that is killed appends: commands of one event or several, over one stream or two, small and large. */
export const crashRequests: readonly AppendRequest[] = Array.from({ length: APPENDS }, (_, n) => ({
  commandId: `command-${n}`,
  events: Array.from({ length: 1 + (n % 3) }, (_, place) => eventOf(n, place)),
  conditions: [],
}));

function eventOf(n: number, place: number): NewEvent {
  return {
    id: `event-${n}-${place}`,
    stream: place === 2 ? 'gate-1' : `door-${n % 2}`,
    type: 'SomethingHappened',
    schema: 1,
    data: { n, text: n % 4 === 3 ? LARGE : 'small' },
    tags: [`n:${n}`],
    cause: { correlationId: 'correlation-1', causationId: 'causation-1', actor: 'tester' },
  };
}
