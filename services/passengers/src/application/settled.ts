import type { EventReader } from '@tidemark/core';
import type { Loaded } from '@tidemark/runtime';
import type { PassengerState } from '../domain/passenger.ts';
import type { Passengers } from './aggregates.ts';

/** The passenger once the check-in has been settled, or as it is when `signal` aborts. */
export async function whenSettled(
  { store, passengers }: { readonly store: EventReader; readonly passengers: Passengers },
  id: string,
  signal: AbortSignal,
): Promise<Loaded<PassengerState>> {
  for (;;) {
    // Taken before looking, so that what is recorded in between ends the waiting.
    const seen = await store.head();
    const loaded = await passengers.load(id);
    if (loaded.state.status !== 'requested' || signal.aborted) return loaded;
    await store.awaitNews(seen, signal);
  }
}
