import type { EventReader, StreamName } from '@tidemark/core';
import type { Loaded } from '@tidemark/runtime';
import type { PassengerEvent, PassengerState } from '../domain/passenger.ts';
import type { Passengers } from './aggregates.ts';
import { PASSENGER, streamOf } from './streams.ts';

const SETTLING = [
  'PassengerCheckedIn',
  'PassengerRefused',
  'PassengerRemoved',
] as const satisfies readonly PassengerEvent['type'][];

const QUERY = [{ categories: [PASSENGER], types: SETTLING }];
const PAGE = 1_000;

/** Waits for check-ins to settle. */
export interface Settlements {
  /** The passenger once the check-in has been settled, or as it is when `signal` aborts. @throws what the store throws. */
  readonly settled: (id: string, signal: AbortSignal) => Promise<Loaded<PassengerState>>;
}

/** One look at the log for all who wait just now. */
interface Watch {
  /** From here on nothing is missed. */
  readonly ready: Promise<bigint>;
  /** Rejects when the log cannot be read. */
  readonly ended: Promise<void>;
  readonly stop: () => void;
}

/**
 * One look at the log for all who wait, and none while nobody does: many requests wait at a time, and
 * each looking for itself at every commit would cost more than the check-ins.
 *
 * @example
 * const { state } = await createSettlements({ store, passengers }).settled(id, signal);
 */
export function createSettlements(parts: {
  readonly store: EventReader;
  readonly passengers: Passengers;
}): Settlements {
  const { store, passengers } = parts;
  const waiting = new Map<StreamName, Set<() => void>>();
  let watch: Watch | undefined;

  const join = (stream: StreamName, tell: () => void): Watch => {
    waiting.set(stream, (waiting.get(stream) ?? new Set()).add(tell));
    watch ??= startWatch(store, (settled) => {
      for (const told of waiting.get(settled) ?? []) told();
    });
    return watch;
  };

  const leave = (stream: StreamName, tell: () => void, joined: Watch): void => {
    const others = waiting.get(stream);
    others?.delete(tell);
    if (others?.size === 0) waiting.delete(stream);
    if (waiting.size > 0) return;
    joined.stop();
    if (watch === joined) watch = undefined;
  };

  return {
    settled: async (id, signal) => {
      const stream = streamOf(id);
      const { told, tell } = toldOrAborted(signal);
      const joined = join(stream, tell);
      try {
        // Watched before looking, so that what is recorded in between is told.
        await joined.ready;
        const loaded = await passengers.load(id);
        if (loaded.state.status !== 'requested') return loaded;
        await Promise.race([told, joined.ended]);
        return await passengers.load(id);
      } catch (error) {
        // Whoever comes next starts to look anew.
        if (watch === joined) watch = undefined;
        throw error;
      } finally {
        leave(stream, tell, joined);
      }
    },
  };
}

function toldOrAborted(signal: AbortSignal): { told: Promise<void>; tell: () => void } {
  let tell: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  if (signal.aborted) tell();
  signal.addEventListener('abort', tell, { once: true });
  return { told, tell };
}

function startWatch(store: EventReader, settle: (stream: StreamName) => void): Watch {
  const nobody = new AbortController();
  const ready = store.head();
  const ended = follow(ready);
  // Those who wait hear of it by their own race; without any, nobody has to.
  ended.catch(() => undefined);
  return { ready, ended, stop: () => nobody.abort() };

  async function follow(from: Promise<bigint>): Promise<void> {
    let after = await from;
    while (!nobody.signal.aborted) {
      const page = await store.readLog({ after, limit: PAGE, query: QUERY });
      for (const { stream } of page.events) settle(stream);
      if (page.scannedTo === after) await store.awaitNews(after, nobody.signal);
      after = page.scannedTo;
    }
  }
}
