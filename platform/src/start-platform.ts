import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { Fault, type Logger } from '@tidemark/core';
import { createGateway } from '@tidemark/gateway';
import { type Served, serve } from '@tidemark/http';
import {
  createSystemClock,
  type Infrastructure,
  type Service,
  type SubjectOperations,
} from '@tidemark/runtime';
import type { PlatformConfig } from './config.ts';
import { openBus } from './engines.ts';
import { holdDataDir } from './hold-data-dir.ts';
import { type OpenedInfrastructure, openInfrastructure } from './infrastructure.ts';
import { openPlatformKeys } from './platform-keys.ts';
import { loadOperatorToken, openOperations, runServices } from './platform-operations.ts';
import { SERVICES } from './services.ts';

/** A running platform. */
export interface Platform {
  /** Where it is served, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops accepting, lets running requests end, stops what runs, closes the stores. */
  readonly stop: () => Promise<void>;
  /** The services by name, for what looks inside (tests, tools). */
  readonly infrastructure: ReadonlyMap<string, Infrastructure>;
  /** Erases people, and exports what is kept about them. */
  readonly subjects: SubjectOperations;
}

/** How long running requests may take to end at a stop. */
const DRAIN_MS = 3_000;

/**
 * Composes every service, the gateway and the console in this process, and serves them.
 *
 * @throws CONFIGURATION_INVALID for a setting that cannot be used; what has begun by then goes on until the process ends.
 */
export async function startPlatform(config: PlatformConfig, log: Logger): Promise<Platform> {
  await mkdir(config.dataDir, { recursive: true });
  const release = await holdDataDir(config.dataDir);
  const operatorToken = await loadOperatorToken(config);
  const stopping = new AbortController();
  let isStopping = false;
  const clock = createSystemClock();
  const services = new Map<string, Service>();
  const shared = {
    bus: await openBus(config.busUrl),
    keys: await openPlatformKeys(config),
    clock,
    serviceToken: config.env.SERVICE_TOKEN ?? randomBytes(32).toString('base64url'),
    neighbour: (name: string) => (request: Request) => neighbour(services, name).fetch(request),
  };
  const opened = new Map<string, OpenedInfrastructure>();
  for (const { name, compose } of SERVICES) {
    const parts = { ...shared, log: log.with({ service: name }) };
    const one = await openInfrastructure(name, config, parts);
    opened.set(name, one);
    services.set(name, await compose(config.env, one.infrastructure));
  }

  const running = runServices({ services, clock, log }, stopping.signal);
  const operations = openOperations({
    ...{ services, health: running.health, token: operatorToken, keys: shared.keys, clock, log },
  });
  const gateway = createGateway({
    services: SERVICES.map(({ name, routes }) => {
      const { fetch } = neighbour(services, name);
      return { name, routes, fetch };
    }),
    operations: operations.fetch,
    ...(config.consoleDir === undefined ? {} : { consoleDir: config.consoleDir }),
    log: log.with({ service: 'gateway' }),
    ready: async () => (isStopping ? 'the platform is stopping' : true),
    version: '0.1.0',
  });
  const server = await listen(gateway, config);

  return {
    url: `http://${config.host}:${server.port}`,
    infrastructure: new Map(
      [...opened].map(([name, { infrastructure }]) => [name, infrastructure]),
    ),
    subjects: operations.subjects,
    stop: async () => {
      isStopping = true;
      await server.close(DRAIN_MS);
      await operations.stop();
      stopping.abort();
      await running.ended;
      await shared.bus.close();
      for (const { close } of opened.values()) await close();
      await shared.keys.close();
      await release();
    },
  };
}

async function listen(
  fetch: (request: Request) => Promise<Response>,
  { host, port }: PlatformConfig,
): Promise<Served> {
  try {
    return await serve(fetch, { host, port });
  } catch (cause) {
    const { message } = cause as Error;
    throw new Fault('CONFIGURATION_INVALID', `HOST and PORT: ${message}`, { cause });
  }
}

function neighbour(services: ReadonlyMap<string, Service>, name: string): Service {
  const service = services.get(name);
  if (service !== undefined) return service;
  throw new Fault('NEIGHBOUR_UNAVAILABLE', `the ${name} service has not started`);
}
