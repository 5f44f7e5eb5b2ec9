import { createLogBus } from '@tidemark/bus-log';
import {
  type Clock,
  type EventEngine,
  Fault,
  type Keys,
  type Leases,
  type MessageBus,
  type Parking,
  type ReadModelEngine,
  type Timers,
} from '@tidemark/core';
import { createErasedList, createKeys, createLeases, createMemoryKeys } from '@tidemark/runtime';
import {
  createMemoryEventEngine,
  createMemoryLeases,
  createMemoryParking,
  createMemoryReadModels,
  createMemoryTimers,
} from '@tidemark/store-memory';
import {
  createPostgresEventEngine,
  openPostgresKeyStorage,
  openPostgresLeaseStorage,
  openPostgresParking,
  openPostgresReadModels,
  openPostgresTimers,
} from '@tidemark/store-postgres';
import {
  createSqliteEventEngine,
  openSqliteKeyStorage,
  openSqliteLeaseStorage,
  openSqliteParking,
  openSqliteReadModels,
  openSqliteTimers,
} from '@tidemark/store-sqlite';

const KNOWN = ['memory:', 'sqlite:<file>', 'postgres://<server>/<database>'];

/** The only place that turns a URL into an engine. Each throws CONFIGURATION_INVALID for a URL it does not know. */
export async function openEventEngine(
  url: string,
  listenUrl: string | undefined,
): Promise<EventEngine> {
  const { scheme, path } = parse(url);
  if (scheme === 'memory') return createMemoryEventEngine();
  if (scheme === 'sqlite') return createSqliteEventEngine(path);
  if (scheme === 'postgres') return createPostgresEventEngine({ url, ...listenAt(listenUrl) });
  throw unknown('STORE_URL', url, KNOWN);
}

export async function openReadModels(url: string): Promise<ReadModelEngine> {
  const { scheme, path } = parse(url);
  if (scheme === 'memory') return createMemoryReadModels();
  if (scheme === 'sqlite') return openSqliteReadModels(path);
  if (scheme === 'postgres') return openPostgresReadModels({ url });
  throw unknown('READ_URL', url, KNOWN);
}

/** Beside the log: a timer that is lost is a promise that is not kept. */
export async function openTimers(url: string): Promise<Timers> {
  const { scheme, path } = parse(url);
  if (scheme === 'memory') return createMemoryTimers();
  if (scheme === 'sqlite') return openSqliteTimers(path);
  if (scheme === 'postgres') return openPostgresTimers({ url });
  throw unknown('STORE_URL', url, KNOWN);
}

/** Beside the log: readers pass over what is parked, so it must not get lost. */
export async function openParking(url: string): Promise<Parking> {
  const { scheme, path } = parse(url);
  if (scheme === 'memory') return createMemoryParking();
  if (scheme === 'sqlite') return openSqliteParking(path);
  if (scheme === 'postgres') return openPostgresParking({ url });
  throw unknown('STORE_URL', url, KNOWN);
}

/** Beside the read models: a lease that is lost costs nothing but work. */
export async function openLeases(url: string, clock: Clock): Promise<Leases> {
  const { scheme, path } = parse(url);
  if (scheme === 'memory') return createMemoryLeases();
  if (scheme === 'sqlite') return createLeases(await openSqliteLeaseStorage(path), { clock });
  if (scheme === 'postgres') {
    return createLeases(await openPostgresLeaseStorage({ url }), { clock });
  }
  throw unknown('READ_URL', url, KNOWN);
}

export async function openKeys(
  url: string,
  parts: { readonly secret: () => Promise<string>; readonly erasedUrl: string },
): Promise<Keys> {
  const { scheme, path } = parse(url);
  // What lives no longer than the process has no old copies, so nothing needs a list.
  if (scheme === 'memory') return createMemoryKeys();
  if (scheme !== 'sqlite' && scheme !== 'postgres') throw unknown('KEYS_URL', url, KNOWN);
  const secret = await parts.secret();
  const storage = await (scheme === 'sqlite'
    ? openSqliteKeyStorage(path)
    : openPostgresKeyStorage({ url }));
  const log = await openErasedLog(parts.erasedUrl).catch(async (error: unknown) => {
    await storage.close();
    throw error;
  });
  return createKeys(storage, { secret, erased: createErasedList(log) });
}

async function openErasedLog(url: string): Promise<EventEngine> {
  const { scheme, path } = parse(url);
  if (scheme === 'sqlite') return createSqliteEventEngine(path);
  if (scheme === 'postgres') return createPostgresEventEngine({ url, listen: false });
  throw unknown('ERASED_URL', url, KNOWN.slice(1));
}

export async function openBus(url: string): Promise<MessageBus> {
  if (parse(url).scheme === 'log') return createLogBus();
  throw unknown('BUS_URL', url, ['log:']);
}

function listenAt(listenUrl: string | undefined): { readonly listenUrl?: string } {
  return listenUrl === undefined ? {} : { listenUrl };
}

function parse(url: string): { readonly scheme: string; readonly path: string } {
  const colon = url.indexOf(':');
  if (url.startsWith('postgresql:')) return { scheme: 'postgres', path: '' };
  return { scheme: url.slice(0, colon), path: url.slice(colon + 1).replace(/^\/\/(?=\/)/, '') };
}

function unknown(setting: string, url: string, known: readonly string[]): Fault {
  const scheme = url.slice(0, url.indexOf(':') + 1) || url;
  return new Fault(
    'CONFIGURATION_INVALID',
    `${setting}: "${scheme}" is not one of ${known.join(', ')}`,
  );
}
