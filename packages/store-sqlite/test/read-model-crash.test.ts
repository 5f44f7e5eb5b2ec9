import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WHOLE } from '@tidemark/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqliteReadModels } from '../src/read-model-engine.ts';
import {
  bundleChild,
  type CrashRun,
  removeFiles,
  runCrashChild,
  skipsStrace,
  step,
} from './crash-run.ts';

const STEPS = 20;
let folder = '';
let child = '';
let writes = 0;

beforeAll(async () => {
  if (skipsStrace) return;
  folder = await mkdtemp(join(tmpdir(), 'tidemark-rows-'));
  child = await bundleChild(folder, new URL('./read-model-crash-child.ts', import.meta.url));
  const path = join(folder, 'count.db');
  const { stored } = await runCrashChild(child, path, ['-e', 'trace=pwrite64']);
  expect(stored).toHaveLength(STEPS);
  // Each thread counts its own calls; the one that writes rows makes most of them.
  const calls = new Map<string, number>();
  for (const line of (await readFile(`${path}.trace`, 'utf8')).split('\n')) {
    const [thread = ''] = line.split(' ', 1);
    if (line.includes('pwrite64(')) calls.set(thread, (calls.get(thread) ?? 0) + 1);
  }
  writes = Math.max(...calls.values());
});
afterAll(() => (folder === '' ? undefined : rm(folder, { recursive: true })));

/** Runs the child, judges what is left, goes on undisturbed, and answers what was said the first time. */
async function runDisturbed(how: string): Promise<CrashRun> {
  const path = join(folder, `${how.replaceAll(/\W/g, '-')}.db`);
  const inject = ['-e', 'trace=pwrite64', '-e', `inject=pwrite64:${how}`];
  const run = await runCrashChild(child, path, inject);
  await expectInStep(path, Number(run.stored.at(-1) ?? 0));
  const again = await runCrashChild(child, path, ['-e', 'trace=pwrite64']);
  expect([...again.faults], `after ${how}`).toEqual([]);
  await expectInStep(path, STEPS);
  await removeFiles(path);
  return run;
}

/** Rows and checkpoint say the same, and nothing that was answered is missing. */
async function expectInStep(path: string, atLeast: number): Promise<void> {
  const readModels = await openSqliteReadModels(path);
  const table = await readModels.open<{ n: number }>({ name: 'steps', version: 1, indexes: {} });
  const reached = Number(await table.checkpoint(WHOLE));
  const { rows = [] } = (await table.scan?.(undefined, 1_000)) ?? {};
  await readModels.close();
  expect(reached).toBeGreaterThanOrEqual(atLeast);
  const steps = Array.from({ length: reached }, (_, n) => [`step-${n + 1}`, { n: n + 1 }] as const);
  const newest = reached === 0 ? [] : [['newest', { n: reached }] as const];
  expect(new Map(rows)).toEqual(new Map([...newest, ...steps]));
}

const points = (short: number): readonly number[] => {
  const found: number[] = [];
  for (let at = 1; at <= writes; at += step(short)) found.push(at);
  return found;
};

test.skipIf(skipsStrace)(
  'killed at any write, rows and checkpoint stand together, and it goes on from there (needs strace: make deps)',
  async () => {
    for (const at of points(16)) {
      const run = await runDisturbed(`signal=KILL:when=${at}`);
      expect(run.signal, `at write ${at}`).toBe('SIGKILL');
    }
  },
  600_000,
);

test.skipIf(skipsStrace)(
  'a disk that is full for a while is STORE_FULL, and the steps go on when there is room (needs strace: make deps)',
  async () => {
    for (const at of points(16)) {
      const run = await runDisturbed(`error=ENOSPC:when=${at}..${at + 3}`);
      for (const [what, code] of run.faults) {
        // While it makes its files SQLite cannot tell a full disk from a broken one.
        const right = what === 'open' ? ['STORE_FULL', 'STORE_UNAVAILABLE'] : ['STORE_FULL'];
        expect(right, `full at write ${at}: ${what}`).toContain(code);
      }
      if (!run.faults.has('open')) expect(run.stored.at(-1)).toBe(String(STEPS));
    }
  },
  600_000,
);

test.skipIf(skipsStrace)(
  'a disk that fails is told, never as a step that was applied (needs strace: make deps)',
  async () => {
    const told: string[] = [];
    for (const at of points(16)) {
      const run = await runDisturbed(`error=EIO:when=${at}+`);
      told.push(...run.faults.values());
    }
    expect(new Set(told)).toEqual(new Set(['STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN']));
  },
  600_000,
);
