import type { QueryClient } from '@tanstack/react-query';
import { putEntries } from './lists.ts';
import { type Changed, refresh } from './refresh.ts';
import { noteSeen } from './seen.ts';
import type { AuditEntry } from './types.ts';

/** More than this at once is cheaper to read as lists than one by one. */
const ENTITIES_AT_ONCE = 24;
const ENTRIES_AT_ONCE = 200;

/** Takes in events. */
export interface Intake {
  readonly add: (entry: AuditEntry) => void;
  /** Reads everything that is shown again. */
  readonly refreshAll: () => void;
}

/** Streams by the beginning of their names. */
const KINDS: Readonly<Record<string, Changed['kind']>> = {
  'flights/flight': 'flights',
  'passengers/passenger': 'passengers',
};
const CREATING = new Set(['FlightScheduled', 'PassengerCheckInRequested']);
const DELETING = new Set(['FlightDeleted', 'PassengerRemoved']);

/** What comes between two frames is taken in together: a burst costs one drawing, not hundreds. */
export function createIntake(client: QueryClient): Intake {
  let waiting: AuditEntry[] = [];
  let isDue = false;
  let refreshing = false;
  let again = false;

  function takeIn(): void {
    const entries = waiting;
    waiting = [];
    isDue = false;
    if (entries.length > ENTRIES_AT_ONCE) {
      refreshAll();
      return;
    }
    putEntries(client, entries);
    void repeatWhileLoading(client, entries);
    const changes = changesOf(entries);
    if (changes.length > ENTITIES_AT_ONCE) return void refreshLists();
    for (const changed of changes) void refresh(client, changed);
  }

  function refreshAll(): void {
    waiting = [];
    void client.invalidateQueries();
  }

  /** One round after the other: under a steady flood each round still comes to its end. */
  async function refreshLists(): Promise<void> {
    again = true;
    if (refreshing) return;
    refreshing = true;
    while (again) {
      again = false;
      await Promise.all([
        client.invalidateQueries({ queryKey: ['flights'] }),
        client.invalidateQueries({ queryKey: ['passengers'] }),
      ]);
    }
    refreshing = false;
  }

  return {
    refreshAll,
    add: (entry) => {
      noteSeen(entry.service, entry.servicePosition);
      waiting.push(entry);
      if (!isDue) requestAnimationFrame(takeIn);
      isDue = true;
    },
  };
}

/** A list of entries that was loading may have been read before these were stored. */
async function repeatWhileLoading(
  client: QueryClient,
  entries: readonly AuditEntry[],
): Promise<void> {
  const loading = client
    .getQueryCache()
    .findAll({ queryKey: ['audit'], fetchStatus: 'fetching' })
    .map((query) => query.promise);
  if (loading.length === 0) return;
  await Promise.allSettled(loading);
  putEntries(client, entries);
}

/** Each entity once, in the order of its first event. */
function changesOf(entries: readonly AuditEntry[]): readonly Changed[] {
  const changes = new Map<string, Changed>();
  for (const { service, stream, type, data } of entries) {
    const dash = stream.indexOf('-');
    const kind = KINDS[`${service}/${stream.slice(0, dash)}`];
    if (kind === undefined) continue;
    const before = changes.get(stream);
    const isNew = CREATING.has(type) || before?.isNew === true;
    const flightId = typeof data.flightId === 'string' ? { flightId: data.flightId } : {};
    const isGone = DELETING.has(type) || before?.isGone === true;
    changes.set(stream, {
      ...before,
      kind,
      id: stream.slice(dash + 1),
      isNew,
      isGone,
      ...flightId,
    });
  }
  return [...changes.values()];
}
