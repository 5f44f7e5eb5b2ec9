import { useSyncExternalStore } from 'react';

/** Whether what happens is seen as it happens. */
export type Connection = 'connecting' | 'live' | 'reconnecting';

let connection: Connection = 'connecting';
const listeners = new Set<() => void>();
let settle: () => void = () => {};

/**
 * Resolves when the stream of events was opened for the first time, or could not be. Queries start
 * behind it: what happens after they have read is then sure to arrive.
 */
export const whenWatching = new Promise<void>((resolve) => {
  settle = resolve;
});

/** Tells everybody who shows the connection. */
export function setConnection(next: Connection): void {
  if (next !== 'connecting') settle();
  if (next === connection) return;
  connection = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The state of the connection, live. */
export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection);
}
