import { createLogBus } from '@tidemark/bus-log';
import {
  type EventEngine,
  Fault,
  type Keys,
  type MessageBus,
  type ReadModelEngine,
} from '@tidemark/core';
import {
  createMemoryEventEngine,
  createMemoryKeys,
  createMemoryReadModels,
} from '@tidemark/store-memory';
import {
  createSqliteEventEngine,
  openSqliteKeys,
  openSqliteReadModels,
} from '@tidemark/store-sqlite';

/** The only place that turns a URL into an engine. Each throws CONFIGURATION_INVALID for a URL it does not know. */
export async function openEventEngine(url: string): Promise<EventEngine> {
  const { scheme, path } = parse(url);
  if (scheme === 'memory') return createMemoryEventEngine();
  if (scheme === 'sqlite') return createSqliteEventEngine(path);
  throw unknown('STORE_URL', url, ['memory:', 'sqlite:<file>']);
}

export async function openReadModels(url: string): Promise<ReadModelEngine> {
  const { scheme, path } = parse(url);
  if (scheme === 'memory') return createMemoryReadModels();
  if (scheme === 'sqlite') return openSqliteReadModels(path);
  throw unknown('READ_URL', url, ['memory:', 'sqlite:<file>']);
}

export async function openKeys(url: string, secret: () => Promise<string>): Promise<Keys> {
  const { scheme, path } = parse(url);
  if (scheme === 'memory') return createMemoryKeys();
  if (scheme === 'sqlite') return openSqliteKeys(path, { secret: await secret() });
  throw unknown('KEYS_URL', url, ['memory:', 'sqlite:<file>']);
}

export async function openBus(url: string): Promise<MessageBus> {
  if (parse(url).scheme === 'log') return createLogBus();
  throw unknown('BUS_URL', url, ['log:']);
}

function parse(url: string): { readonly scheme: string; readonly path: string } {
  const colon = url.indexOf(':');
  return { scheme: url.slice(0, colon), path: url.slice(colon + 1).replace(/^\/\/(?=\/)/, '') };
}

function unknown(setting: string, url: string, known: readonly string[]): Fault {
  const scheme = url.slice(0, url.indexOf(':') + 1) || url;
  return new Fault(
    'CONFIGURATION_INVALID',
    `${setting}: "${scheme}" is not one of ${known.join(', ')}`,
  );
}
