import type { BusMessage, MessageBus, Subscription } from '@tidemark/core';
import { TEST_CAUSE } from '@tidemark/testing';

/** A bus that delivers by hand, like a broker: it has no past. */
export function handFedBus() {
  let subscription: Subscription | undefined;
  const bus: MessageBus = {
    offer: () => [],
    consume: (one) => {
      subscription = one;
      const run = (signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve());
        });
      return { name: 'consumer', run };
    },
    replay: async () => Promise.reject(new Error('this bus keeps no past')),
    replays: () => [],
    progress: async () => new Map(),
    close: async () => {},
  };
  /** Resolves when the messages are done, as far as the bus can tell. */
  const deliver = (...messages: readonly BusMessage[]): Promise<void> =>
    subscription?.handle(messages) ?? Promise.reject(new Error('nobody consumes'));
  return { bus, deliver, subscription: () => subscription };
}

export function message(id: string, key: string): BusMessage {
  const time = '2030-01-01T00:00:00.000Z';
  return { id, key, topic: 'flights.landed.v1', time, data: { id }, cause: TEST_CAUSE };
}

/** Messages whose key is the first letter of their id. */
export function messagesOf(...ids: readonly string[]): readonly BusMessage[] {
  return ids.map((id) => message(id, id.slice(0, 1)));
}
