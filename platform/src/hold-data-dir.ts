import { Fault } from '@tidemark/core';
import { openSqlite } from '@tidemark/store-sqlite';

/**
 * Holds a data folder for this process alone: the embedded bus lives in one process. The hold is a lock of
 * the operating system on a small database file, so it ends with the process, however that ends.
 *
 * @throws CONFIGURATION_INVALID when another process holds it.
 */
export async function holdDataDir(dataDir: string): Promise<() => Promise<void>> {
  const database = await openSqlite(`${dataDir}/platform.lock`);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('BEGIN IMMEDIATE');
  } catch (cause) {
    database.close();
    throw new Fault(
      'CONFIGURATION_INVALID',
      `another platform runs on ${dataDir}: stop it (make down), or choose another DATA_DIR`,
      { cause },
    );
  }
  return async () => {
    database.exec('ROLLBACK');
    database.close();
  };
}
