import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crashRequests } from './crash-requests.ts';
import {
  bundleChild,
  countCalls,
  expectIntact,
  removeFiles,
  runCrashChild,
  skipsStrace,
  step,
} from './crash-run.ts';

const AT_ONCE = 2;
/** What a kill meets: system calls of one kind, and which of them the short form tries, every n-th. */
const KINDS: readonly (readonly [kind: string, calls: readonly string[], short: number])[] = [
  ['sync', ['fdatasync', 'fsync'], 1],
  ['write', ['pwrite64'], 3],
  ['truncating, renaming or removing of a file', ['ftruncate', 'rename', 'unlink'], 1],
];
let folder = '';
let child = '';
let counts: ReadonlyMap<string, number>;

beforeAll(async () => {
  if (skipsStrace) return;
  folder = await mkdtemp(join(tmpdir(), 'tidemark-crash-'));
  child = await bundleChild(folder);
  const calls = KINDS.flatMap(([, names]) => names);
  counts = await countCalls(child, join(folder, 'count.db'), calls);
});
afterAll(() => (folder === '' ? undefined : rm(folder, { recursive: true })));

test.skipIf(skipsStrace)(
  'nothing written to the log is without an fsync when it is acknowledged (needs strace: make deps)',
  async () => {
    const path = join(folder, 'order.db');
    await runCrashChild(child, path, ['-y', '-e', 'trace=pwrite64,fsync,fdatasync,write']);
    let unsynced = 0;
    let acknowledged = 0;
    for (const line of (await readFile(`${path}.trace`, 'utf8')).split('\n')) {
      if (line.includes('"stored command-')) {
        acknowledged += 1;
        expect(unsynced, `before: ${line}`).toBe(0);
      }
      if (!line.includes('order.db-wal>')) continue;
      if (line.includes('pwrite64(')) unsynced += 1;
      else if (/f(data)?sync\(.*= 0$/.test(line)) unsynced = 0;
    }
    expect(acknowledged).toBe(crashRequests.length);
    await removeFiles(path);
  },
);

test.skipIf(skipsStrace).each(KINDS)(
  'killed at any %s, a process loses nothing that it acknowledged (needs strace: make deps)',
  async (kind, calls, short) => {
    const all = calls.flatMap((call) =>
      Array.from({ length: counts.get(call) ?? 0 }, (_, n) => ({ call, at: n + 1 })),
    );
    const points = all.filter((_, n) => n % step(short) === 0);
    expect(points.length).toBeGreaterThan(0);
    console.log(`${kind}: killed at ${points.length} of ${all.length} calls`);
    const next = async (): Promise<void> => {
      for (let point = points.shift(); point; point = points.shift()) await killAt(point);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  },
  600_000,
);

async function killAt({ call, at }: { call: string; at: number }): Promise<void> {
  const path = join(folder, `${call}-${at}.db`);
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${at}`];
  const run = await runCrashChild(child, path, inject);
  expect(run.signal, `${call} ${at}`).toBe('SIGKILL');
  expect([...run.faults]).toEqual([]);
  try {
    await expectIntact(path, run);
  } catch (cause) {
    throw new Error(`after a kill at ${call} ${at}: ${cause}`, { cause });
  }
  await removeFiles(path);
}
