import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createRandom, readAll } from '@tidemark/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSqliteEventEngine } from '../src/event-engine.ts';
import { bundleChild } from './crash-run.ts';

const KILLS = Number(process.env.KILLS ?? 50);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** A child is killed after so many acknowledgements, at most. */
const MOST_KEPT = 300;

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-kill-'));
  path = join(folder, 'events.db');
});
afterEach(() => rm(folder, { recursive: true }));

interface Told {
  /** Command ids on their way when the process was killed. */
  readonly unsettled: Set<string>;
  /** Position that each command was acknowledged with. */
  readonly kept: Map<string, string>;
}

/** Runs a child until it has acknowledged so many commands, and kills it while others are on their way. */
async function runAndKill(
  child: string,
  round: { readonly number: number; readonly kept: number },
  told: Told,
): Promise<void> {
  const args = [child, path, String(round.number), [...told.unsettled].join(',')];
  const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(started, 'close');
  let left = round.kept;
  createInterface({ input: started.stdout }).on('line', (line) => {
    const [what, id = '', position = ''] = line.split(' ');
    if (what === 'sent') told.unsettled.add(id);
    else {
      // A command that was acknowledged twice was acknowledged with one position.
      expect(told.kept.get(id) ?? position).toBe(position);
      told.kept.set(id, position);
      told.unsettled.delete(id);
      left -= 1;
      if (left === 0) started.kill('SIGKILL');
    }
  });
  expect((await ended)[1]).toBe('SIGKILL');
}

test(
  `${KILLS} kills under load lose nothing acknowledged and store nothing twice (SEED=${SEED})`,
  async () => {
    const random = createRandom(SEED);
    const child = await bundleChild(folder, new URL('./kill-child.ts', import.meta.url));
    const told: Told = { unsettled: new Set(), kept: new Map() };
    for (let number = 0; number < KILLS; number += 1) {
      await runAndKill(child, { number, kept: random.whole(1, MOST_KEPT) }, told);
    }

    const engine = await createSqliteEventEngine(path);
    const log = await readAll(engine);
    await engine.close();
    expect(log.map(({ position }) => position)).toEqual(log.map((_, n) => BigInt(n + 1)));
    const next = new Map<string, number>();
    const ids = new Set<string>();
    for (const { id, stream, revision } of log) {
      expect(revision, stream).toBe(next.get(stream) ?? 0);
      next.set(stream, revision + 1);
      expect(ids.has(id), id).toBe(false);
      ids.add(id);
    }
    // Whole or not at all, and where it was said to be: the last event of a command stands at its position.
    for (const { id, position } of log) {
      const [command = '', which] = id.split('/');
      if (which === 'own') expect(ids.has(`${command}/shared`), command).toBe(true);
      else if (told.kept.has(command)) expect(String(position)).toBe(told.kept.get(command));
    }
    const lost = [...told.kept.keys()].filter((command) => !ids.has(`${command}/shared`));
    expect(lost).toEqual([]);
    console.log(`${told.kept.size} acknowledged of ${log.length / 2} stored, over ${KILLS} kills`);
  },
  400_000 + KILLS * 10_000,
);
