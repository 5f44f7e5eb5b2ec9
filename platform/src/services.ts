import { composeAudit, readAuditConfig } from '@tidemark/audit';
import { auditRoutes, flightsRoutes, passengersRoutes } from '@tidemark/contracts';
import { composeFlights, readFlightsConfig } from '@tidemark/flights';
import type { Routes } from '@tidemark/http';
import { composePassengers, readPassengersConfig } from '@tidemark/passengers';
import type { Infrastructure, Service } from '@tidemark/runtime';
import type { Environment } from './config.ts';

/** A service of the platform. */
export interface PlatformService {
  /** Names its store, its settings and its routes. */
  readonly name: string;
  readonly routes: Routes;
  readonly compose: (env: Environment, infrastructure: Infrastructure) => Promise<Service>;
}

/** Every service, in the order in which they are composed. `tidemark new service` adds a line. */
export const SERVICES: readonly PlatformService[] = [
  {
    name: 'flights',
    routes: flightsRoutes,
    compose: (env, infrastructure) => composeFlights(readFlightsConfig(env), infrastructure),
  },
  {
    name: 'passengers',
    routes: passengersRoutes,
    compose: (env, infrastructure) => composePassengers(readPassengersConfig(env), infrastructure),
  },
  {
    name: 'audit',
    routes: auditRoutes,
    compose: (env, infrastructure) => composeAudit(readAuditConfig(env), infrastructure),
  },
];
