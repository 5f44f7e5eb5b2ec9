export { createSqliteEventEngine, type SqliteEventEngineOptions } from './event-engine.ts';
export { openSqliteKeys, type SqliteKeysOptions } from './keys.ts';
export { loadOrCreateSecret } from './keys-secret.ts';
export {
  closeSqlite,
  inTransaction,
  openSqlite,
  type SqliteDatabase,
  type SqliteStatement,
  type SqliteValue,
} from './open-sqlite.ts';
export { openSqliteReadModels } from './read-model-engine.ts';
