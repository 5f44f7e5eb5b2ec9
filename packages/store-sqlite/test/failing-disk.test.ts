import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crashRequests } from './crash-requests.ts';
import {
  bundleChild,
  type CrashRun,
  countCalls,
  expectIntact,
  removeFiles,
  runCrashChild,
  skipsStrace,
  step,
} from './crash-run.ts';

const ids = crashRequests.map(({ commandId = '' }) => commandId);
let folder = '';
let child = '';
let counts: ReadonlyMap<string, number>;
/** The one of both that SQLite was built to use. */
let sync = '';

beforeAll(async () => {
  if (skipsStrace) return;
  folder = await mkdtemp(join(tmpdir(), 'tidemark-disk-'));
  child = await bundleChild(folder);
  counts = await countCalls(child, join(folder, 'count.db'), ['fdatasync', 'fsync', 'pwrite64']);
  sync = (counts.get('fdatasync') ?? 0) > 0 ? 'fdatasync' : 'fsync';
});
afterAll(() => (folder === '' ? undefined : rm(folder, { recursive: true })));

interface Failure {
  readonly call: string;
  readonly error: string;
  /** As strace takes it: `3`, `3+`, `3..8`. */
  readonly when: string;
}

/** Runs the child on a disk that fails so, judges what is left, and answers what it said. */
async function runOnFailing(
  { call, error, when }: Failure,
  codes: readonly string[],
): Promise<CrashRun> {
  const path = join(folder, `${call}-${error}-${when}.db`);
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${when}`];
  const run = await runCrashChild(child, path, inject);
  const name = `${call} ${error} ${when}`;
  expect(run.signal, name).toBe(null);
  for (const [what, code] of run.faults) {
    // While it makes its files SQLite cannot tell a full disk from a broken one.
    const right = what === 'open' ? [...codes, 'STORE_UNAVAILABLE'] : codes;
    expect(right, `${name}: ${what}`).toContain(code);
  }
  if (!run.faults.has('open')) expect(run.stored.length + run.faults.size, name).toBe(ids.length);
  try {
    await expectIntact(path, run);
  } catch (cause) {
    const said = `stored ${run.stored}, faults ${[...run.faults].join(' ')}`;
    throw new Error(`after ${name} (${said}): ${cause}`, { cause });
  }
  await removeFiles(path);
  return run;
}

const tally = (runs: readonly CrashRun[]): string => {
  const counted: Record<string, number> = {};
  for (const { faults } of runs) {
    for (const [what, code] of faults) {
      const kind = what === 'open' ? `${code} at opening` : code;
      counted[kind] = (counted[kind] ?? 0) + 1;
    }
  }
  return `${runs.length} disks: ${JSON.stringify(counted)}`;
};

const points = (call: string, short: number) => {
  const found: number[] = [];
  for (let at = 1; at <= (counts.get(call) ?? 0); at += step(short)) found.push(at);
  return found;
};

test.skipIf(skipsStrace)(
  'no append is acknowledged while fsync fails, and nothing that was is lost (needs strace: make deps)',
  async () => {
    const runs: CrashRun[] = [];
    for (const at of points(sync, 2)) {
      const failing = { call: sync, error: 'EIO', when: `${at}+` };
      const run = await runOnFailing(failing, ['STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN']);
      // From the first failure on, everything fails.
      expect(run.stored).toEqual(ids.slice(0, run.stored.length));
      runs.push(run);
    }
    expect(runs.some(({ stored, faults }) => stored.length > 0 && faults.size > 0)).toBe(true);
    console.log(`fsync fails for good: ${tally(runs)}`);
  },
  600_000,
);

test.skipIf(skipsStrace)(
  'a single fsync that fails loses nothing that was acknowledged before or after (needs strace: make deps)',
  async () => {
    const runs: CrashRun[] = [];
    for (const at of points(sync, 2)) {
      const failing = { call: sync, error: 'EIO', when: `${at}` };
      runs.push(await runOnFailing(failing, ['STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN']));
    }
    console.log(`fsync fails once: ${tally(runs)}`);
  },
  600_000,
);

test.skipIf(skipsStrace)(
  'a full disk is STORE_FULL, keeps what was stored, and takes more when there is room again (needs strace: make deps)',
  async () => {
    const runs: CrashRun[] = [];
    for (const at of points('pwrite64', 9)) {
      const failing = { call: 'pwrite64', error: 'ENOSPC', when: `${at}..${at + 3}` };
      const run = await runOnFailing(failing, ['STORE_FULL']);
      const first = ids.findIndex((id) => run.faults.has(id));
      // Each append that fails has met at least one of the four writes, so the later ones find room.
      if (first >= 0 && first < ids.length - 7) expect(run.stored.at(-1)).toBe(ids.at(-1));
      runs.push(run);
    }
    expect(runs.some(({ stored, faults }) => stored.length > 0 && faults.size > 0)).toBe(true);
    console.log(`full for four writes: ${tally(runs)}`);
  },
  600_000,
);

test.skipIf(skipsStrace)(
  'a disk that stays full answers STORE_FULL to every append (needs strace: make deps)',
  async () => {
    const runs: CrashRun[] = [];
    for (const at of points('pwrite64', 20)) {
      runs.push(
        await runOnFailing({ call: 'pwrite64', error: 'ENOSPC', when: `${at}+` }, ['STORE_FULL']),
      );
    }
    console.log(`full for good: ${tally(runs)}`);
  },
  600_000,
);
