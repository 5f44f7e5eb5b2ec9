import type { QueryClient } from '@tanstack/react-query';
import { api } from './client.ts';
import { dropEntity, holds, listsOf, putFlight, putPassenger } from './lists.ts';
import { bodyOf, isNotFound } from './problems.ts';
import { consistencyHeader } from './seen.ts';

/** Something that changed, by the name of its stream. */
export interface Changed {
  readonly kind: 'flights' | 'passengers';
  readonly id: string;
  /** It was created just now, so lists that do not hold it may have to. */
  readonly isNew: boolean;
  /** It was deleted: there is nothing left to read. */
  readonly isGone?: boolean;
  /** The flight whose list it is on, where the event tells. */
  readonly flightId?: string;
}

/** Entities being read again, each with what is still to do. */
const running = new Map<string, { next: Changed | undefined }>();

/**
 * Reads an entity again and puts it on the lists that show it. What changes again meanwhile is read once
 * more, however often it changed.
 */
export async function refresh(client: QueryClient, changed: Changed): Promise<void> {
  const key = `${changed.kind} ${changed.id}`;
  const reading = running.get(key);
  if (reading !== undefined) {
    reading.next = { ...reading.next, ...changed, isNew: changed.isNew || !!reading.next?.isNew };
    return;
  }
  const mine: { next: Changed | undefined } = { next: changed };
  running.set(key, mine);
  try {
    while (mine.next !== undefined) {
      const current: Changed = mine.next;
      mine.next = undefined;
      await readAgain(client, current);
      if (await whileLoading(client, current.kind)) mine.next ??= current;
    }
  } finally {
    running.delete(key);
  }
}

async function readAgain(client: QueryClient, changed: Changed): Promise<void> {
  const { kind, id, isGone } = changed;
  if (isGone) return dropEntity(client, kind, id);
  if (!isShown(client, changed)) return;
  try {
    if (kind === 'flights') await readFlight(client, changed);
    else await readPassenger(client, changed);
  } catch (error) {
    if (isNotFound(error)) dropEntity(client, kind, id);
    // The lists repeat what fails, and show it when it goes on.
    else await client.invalidateQueries({ queryKey: [kind] });
  }
}

async function readFlight(client: QueryClient, { id, isNew }: Changed): Promise<void> {
  const params = { path: { id }, header: consistencyHeader('flights') };
  putFlight(client, await bodyOf(api.GET('/flights/{id}', { params })), isNew);
}

async function readPassenger(client: QueryClient, { id, isNew }: Changed): Promise<void> {
  const params = { path: { id }, header: consistencyHeader('passengers') };
  putPassenger(client, await bodyOf(api.GET('/passengers/{id}', { params })), isNew);
}

/** Whether any list here could show it: what nobody looks at is not asked for. */
function isShown(client: QueryClient, { kind, id, isNew, flightId }: Changed): boolean {
  return listsOf(client, kind).some((query) => {
    if (query.state.data === undefined || holds(query, id)) return true;
    if (kind === 'flights') return isNew || query.queryKey[1] !== 'all';
    return isNew && (flightId === undefined || query.queryKey[1] === flightId);
  });
}

/** Waits for lists that began to load before the entity was read: they may hold what it was before. */
async function whileLoading(client: QueryClient, kind: Changed['kind']): Promise<boolean> {
  const loading = listsOf(client, kind).filter((query) => query.state.fetchStatus === 'fetching');
  await Promise.allSettled(loading.map((query) => query.promise));
  return loading.length > 0;
}
