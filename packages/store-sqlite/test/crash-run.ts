import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Recorded } from '@tidemark/core';
import { readAll } from '@tidemark/testing';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { createSqliteEventEngine } from '../src/event-engine.ts';
import { crashRequests } from './crash-requests.ts';

const isRequired = (process.env.TIDEMARK_REQUIRE ?? '').split(',').includes('strace');
/** Where strace is missing and need not be there. */
export const skipsStrace = spawnSync('strace', ['-V']).status !== 0 && !isRequired;
/** Every `step`-th system call is tried, all in the long form. */
export const step = (short: number) => (process.env.CRASH_POINTS === 'all' ? 1 : short);

const DRIVER = '@photostructure/sqlite';
/** Where a bundle in another folder finds the driver, as one of the platform does. */
const NODE_MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** What became of the child, and what it had said. */
export interface CrashRun {
  readonly signal: string | null;
  /** Command ids that were acknowledged. */
  readonly stored: readonly string[];
  /** By what it was about: a command id or `open`. */
  readonly faults: ReadonlyMap<string, string>;
}

/** Bundles the child once, because starting hundreds of them from their sources takes too long. */
export async function bundleChild(
  folder: string,
  source = new URL('./crash-child.ts', import.meta.url),
): Promise<string> {
  const outfile = join(folder, 'child.mjs');
  await build({
    entryPoints: [fileURLToPath(source)],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
    external: [DRIVER],
  });
  await symlink(NODE_MODULES, join(folder, 'node_modules'));
  return outfile;
}

/** Runs the child on a file, with what strace is to do to its system calls. */
export async function runCrashChild(
  child: string,
  path: string,
  strace: readonly string[],
): Promise<CrashRun> {
  const args = ['-f', '-qq', '-o', `${path}.trace`, ...strace];
  const started = spawn('strace', [...args, process.execPath, child, path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complaints = '';
  started.stdout.on('data', (part) => {
    said += part;
  });
  started.stderr.on('data', (part) => {
    complaints += part;
  });
  const [code, signal] = (await once(started, 'close')) as [number | null, string | null];
  if (code !== 0 && signal === null) throw new Error(`the child ended with ${code}: ${complaints}`);
  const lines = said
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return {
    signal,
    stored: lines.flatMap(([kind, id = '']) => (kind === 'stored' ? [id] : [])),
    faults: new Map(
      lines.flatMap(([kind, fault = '', what = '']) => (kind === 'fault' ? [[what, fault]] : [])),
    ),
  };
}

/** How often the undisturbed child makes each of these system calls. */
export async function countCalls(
  child: string,
  path: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const run = await runCrashChild(child, path, ['-e', `trace=${names.join(',')}`]);
  expect(run.stored).toHaveLength(crashRequests.length);
  const trace = await readFile(`${path}.trace`, 'utf8');
  await removeFiles(path);
  return new Map(
    names.map((name) => [name, trace.match(new RegExp(`\\b${name}\\(`, 'g'))?.length ?? 0]),
  );
}

/**
 * What must be true after any crash: the log reads whole, holds what was acknowledged, each append at most once and
 * whole; the same commands again are answered or stored, and then all of them are there once.
 */
export async function expectIntact(path: string, run: CrashRun): Promise<void> {
  const engine = await createSqliteEventEngine(path);
  try {
    const before = await readAll(engine);
    expectWhole(before);
    const commands = new Set(before.map(({ data }) => `command-${data.n}`));
    expect(run.stored.filter((id) => !commands.has(id))).toEqual([]);
    for (const [place, result] of (await engine.commit(crashRequests)).entries()) {
      const { commandId = '' } = crashRequests[place] ?? {};
      expect(`${commandId} ${result.kind}`).toBe(
        `${commandId} ${commands.has(commandId) ? 'duplicate' : 'appended'}`,
      );
    }
    const after = await readAll(engine);
    expectWhole(after);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after).toHaveLength(crashRequests.flatMap(({ events }) => events).length);
  } finally {
    await engine.close();
  }
}

/** Removes a file and what SQLite and strace keep beside it. */
export async function removeFiles(path: string): Promise<void> {
  for (const end of ['', '-wal', '-shm', '.trace']) await rm(`${path}${end}`, { force: true });
}

/** No gap, no event twice, no append in part. */
function expectWhole(log: readonly Recorded[]): void {
  expect(log.map(({ position }) => position)).toEqual(log.map((_, n) => BigInt(n + 1)));
  const ids = new Set(log.map(({ id }) => id));
  expect(ids.size).toBe(log.length);
  for (const { events } of crashRequests) {
    expect([0, events.length]).toContain(events.filter(({ id }) => ids.has(id)).length);
  }
}
