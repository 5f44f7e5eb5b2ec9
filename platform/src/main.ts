import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault, isFault } from '@tidemark/core';
import { createLogger } from '@tidemark/telemetry';
import { readPlatformConfig } from './config.ts';
import { startPlatform } from './start-platform.ts';

/** The built console, beside this program in the repository. */
const BUILT_CONSOLE = join(dirname(fileURLToPath(import.meta.url)), '../../console/dist');

/** A stop that hangs is cut short: whatever was acknowledged is stored already. */
const STOP_WITHIN_MS = 15_000;

/** What the process is at, for who reads that it failed. */
let doing = 'start';

async function main(): Promise<void> {
  const startedAt = performance.now();
  const consoleDir = existsSync(BUILT_CONSOLE) ? BUILT_CONSOLE : undefined;
  const config = readPlatformConfig({ CONSOLE_DIR: consoleDir, ...process.env });
  await makeFolder(join(config.dataDir, 'logs'));
  const logFile = join(config.dataDir, 'logs/platform.log');
  const log = createLogger({ level: config.logLevel, destination: logFile });
  const platform = await startPlatform(config, log);
  const pidFile = join(config.dataDir, 'platform.pid');
  await writeFile(pidFile, `${process.pid}\n`);

  const took = Math.round(performance.now() - startedAt);
  console.log(`Tidemark is ready after ${took} ms: ${platform.url} (API under /api)`);
  console.log(`Data in ${config.dataDir}, log in ${logFile}. Ctrl-C stops it.`);
  log.info('ready', { url: platform.url, tookMs: took });

  await stopSignal();
  doing = 'stop well';
  console.log('Stopping: running requests end first.');
  setTimeout(() => {
    log.error('the stop took too long and was cut short', { afterMs: STOP_WITHIN_MS });
    process.exit(1);
  }, STOP_WITHIN_MS).unref();
  await platform.stop();
  await rm(pidFile, { force: true });
  log.info('stopped');
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    // Kept on: make passes on a signal that the terminal has sent to both, and a second one must not cut the drain short.
    process.on('SIGINT', () => resolve());
    process.on('SIGTERM', () => resolve());
  });
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    const { message } = cause as Error;
    throw new Fault('CONFIGURATION_INVALID', `DATA_DIR: ${message}`, { cause });
  }
}

main().catch((error: unknown) => {
  const expected = isFault(error) || (error instanceof Error && 'syscall' in error);
  console.error(expected ? `Cannot ${doing}: ${error.message}` : error);
  // Services may run already and would keep the process: as with a crash, whatever was acknowledged is stored.
  process.exit(1);
});
