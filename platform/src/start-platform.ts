import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { composeAudit, readAuditConfig } from '@tidemark/audit';
import { auditRoutes, flightsRoutes, passengersRoutes } from '@tidemark/contracts';
import { Fault, type Logger } from '@tidemark/core';
import { composeFlights, readFlightsConfig } from '@tidemark/flights';
import { createGateway } from '@tidemark/gateway';
import { serve } from '@tidemark/http';
import { composePassengers, readPassengersConfig } from '@tidemark/passengers';
import { createSystemClock, type Infrastructure, type Service, supervise } from '@tidemark/runtime';
import type { PlatformConfig } from './config.ts';
import { openBus } from './engines.ts';
import { holdDataDir } from './hold-data-dir.ts';
import { type OpenedInfrastructure, openInfrastructure } from './infrastructure.ts';
import { openPlatformKeys } from './platform-keys.ts';

/** A running platform. */
export interface Platform {
  /** Where it is served, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops accepting, lets running requests end, stops what runs, closes the stores. */
  readonly stop: () => Promise<void>;
  /** The services by name, for what looks inside (tests, tools). */
  readonly infrastructure: ReadonlyMap<string, Infrastructure>;
}

/** How long running requests may take to end at a stop. */
const DRAIN_MS = 3_000;

const SERVICES = ['flights', 'passengers', 'audit'] as const;

/** Composes every service, the gateway and the console in this process, and serves them. */
export async function startPlatform(config: PlatformConfig, log: Logger): Promise<Platform> {
  await mkdir(config.dataDir, { recursive: true });
  const release = await holdDataDir(config.dataDir);
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
  for (const name of SERVICES) {
    opened.set(
      name,
      await openInfrastructure(name, config, { ...shared, log: log.with({ service: name }) }),
    );
  }
  const infrastructure = (name: string) =>
    (opened.get(name) as OpenedInfrastructure).infrastructure;

  services.set(
    'flights',
    await composeFlights(readFlightsConfig(config.env), infrastructure('flights')),
  );
  services.set(
    'passengers',
    await composePassengers(readPassengersConfig(config.env), infrastructure('passengers')),
  );
  services.set('audit', await composeAudit(readAuditConfig(config.env), infrastructure('audit')));

  const running = supervise(
    [...services.values()].flatMap((service) => service.runnables),
    { clock, log },
    stopping.signal,
  );
  const gateway = createGateway({
    services: [
      { name: 'flights', routes: flightsRoutes, fetch: neighbour(services, 'flights').fetch },
      {
        name: 'passengers',
        routes: passengersRoutes,
        fetch: neighbour(services, 'passengers').fetch,
      },
      { name: 'audit', routes: auditRoutes, fetch: neighbour(services, 'audit').fetch },
    ],
    ...(config.consoleDir === undefined ? {} : { consoleDir: config.consoleDir }),
    log: log.with({ service: 'gateway' }),
    ready: async () => (isStopping ? 'the platform is stopping' : true),
    version: '0.1.0',
  });
  const server = await serve(gateway, config);

  return {
    url: `http://${config.host}:${server.port}`,
    infrastructure: new Map(
      [...opened].map(([name, { infrastructure }]) => [name, infrastructure]),
    ),
    stop: async () => {
      isStopping = true;
      await server.close(DRAIN_MS);
      stopping.abort();
      await running;
      await shared.bus.close();
      for (const { close } of opened.values()) await close();
      await shared.keys.close();
      await release();
    },
  };
}

function neighbour(services: ReadonlyMap<string, Service>, name: string): Service {
  const service = services.get(name);
  if (service !== undefined) return service;
  throw new Fault('NEIGHBOUR_UNAVAILABLE', `the ${name} service has not started`);
}
