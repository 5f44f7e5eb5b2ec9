export {
  createPostgresEventEngine,
  type PostgresEventEngineOptions,
} from './event-engine.ts';
