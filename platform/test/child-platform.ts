import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const BUILD = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));

/** What people run is the bundle; made once a test file, when it is not there or older than its sources. */
const built = promisify(execFile)(process.execPath, [BUILD, 'platform']);

/** A platform in a process of its own, as people run it. */
export interface ChildPlatform {
  readonly url: string;
  readonly pid: number;
  /** Ends it as a power button would; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** Ends it as Ctrl-C does; resolves with its exit code. */
  readonly stop: () => Promise<number | null>;
}

/** Starts the platform on a data folder, on a free port; resolves when it says that it is ready. */
export async function startChild(
  dataDir: string,
  parts: { readonly env?: Record<string, string>; readonly wrap?: readonly string[] } = {},
): Promise<ChildPlatform> {
  await built;
  const command = [...(parts.wrap ?? []), process.execPath, MAIN];
  const child = spawn(command[0] as string, command.slice(1), {
    env: { ...process.env, DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1', ...parts.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test that fails or runs out of time leaves nothing running.
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const url = await Promise.race([
    readyUrl(child),
    exited.then(([code]) => Promise.reject(new Error(`the platform ended with ${code} at start`))),
  ]);
  // Under a tracer the child is the tracer, which keeps signals to itself.
  const pid = Number(await readFile(join(dataDir, 'platform.pid'), 'utf8'));
  return {
    url,
    pid,
    kill: async () => {
      process.kill(pid, 'SIGKILL');
      await exited;
    },
    stop: async () => {
      process.kill(pid, 'SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

async function readyUrl(child: ChildProcess): Promise<string> {
  const errors: string[] = [];
  child.stderr?.on('data', (chunk) => errors.push(String(chunk)));
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  for await (const line of lines) {
    const url = /http:\/\/\S+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error(`the platform did not start: ${errors.join('')}`);
}

/** An empty data folder, removed by `remove`, with the key file beside it. */
export async function temporaryDataDir(): Promise<{ path: string; remove: () => Promise<void> }> {
  const parent = await mkdtemp(join(tmpdir(), 'tidemark-'));
  return {
    path: join(parent, 'data'),
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}
