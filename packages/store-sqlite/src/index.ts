export { createSqliteEventEngine, type SqliteEventEngineOptions } from './event-engine.ts';
export { openSqliteKeyStorage } from './key-storage.ts';
export { openSqliteLeaseStorage } from './lease-storage.ts';
export {
  closeSqlite,
  openSqlite,
  type SqliteDatabase,
  type SqliteStatement,
  type SqliteValue,
} from './open-sqlite.ts';
export { openSqliteParking } from './parking.ts';
export { openSqliteReadModels } from './read-model-engine.ts';
export { openSqliteTimers } from './timers.ts';
export { inTransaction } from './transactions.ts';
