import { load } from './load.mjs';

const { EventStore, EventType } = await load('@castore/core');

/**
 * Castore over one of its adapters. It counts versions from 1.
 *
 * @param {object} eventStorageAdapter
 * @param {() => Promise<void>} close
 */
export async function createCastorePeer(eventStorageAdapter, close) {
  const store = new EventStore({
    eventStoreId: 'flights',
    eventTypes: [new EventType({ type: 'SeatBooked' })],
    reducer: (state, { version, payload }) => ({
      version,
      seats: (state?.seats ?? 0) + 1,
      amount: (state?.amount ?? 0) + payload.price.amount,
    }),
    eventStorageAdapter,
  });
  const push = (aggregateId, version, payload) =>
    store.pushEvent({ aggregateId, version, type: 'SeatBooked', payload });
  return {
    append: async (stream, last, data) => {
      for (const [n, payload] of data.entries()) await push(stream, last + 2 + n, payload);
    },
    read: async (stream) => (await store.getEvents(stream)).events.length,
    command: async (stream, data) => {
      const { aggregate } = await store.getAggregate(stream);
      await push(stream, (aggregate?.version ?? 0) + 1, data);
    },
    close,
  };
}
