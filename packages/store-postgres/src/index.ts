export type { PostgresOptions } from './connection.ts';
export {
  createPostgresEventEngine,
  type PostgresEventEngineOptions,
} from './event-engine.ts';
export { openPostgresKeyStorage } from './key-storage.ts';
export { openPostgresLeaseStorage } from './lease-storage.ts';
export { openPostgresParking } from './parking.ts';
export { openPostgresReadModels, type PostgresReadModelOptions } from './read-models.ts';
export { type ServiceGrants, serviceGrants } from './service-grants.ts';
export { openPostgresTimers } from './timers.ts';
