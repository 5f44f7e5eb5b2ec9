// How cost grows with the log: A64, T64, DC, C and E at several sizes, on both engines, or on the one that ENGINE names.
// GROWTH=10000,100000 chooses the sizes. The figures of C and E are events of a whole pass, so that linear cost is a
// flat figure.
import { startPostgres } from '@tidemark/testing';
import type { Options } from '../harness/contestant.ts';
import { median, medianRatio, valuesOf } from '../harness/figures.ts';
import { describeMachine } from '../harness/machine.ts';
import { type Ground, measureSides } from '../harness/measure-row.ts';
import { withFolder } from '../harness/run-rows.ts';
import { isWanted, SIZES } from '../harness/settings.ts';

const { passes } = SIZES;
const LOG_SIZES = (process.env.GROWTH ?? '10000,100000,1000000').split(',').map(Number);
const FLAT = 1.3;

interface Growing {
  readonly id: string;
  readonly workload: string;
  readonly options: (events: number) => Options;
}

const GROWING: readonly Growing[] = [
  { id: 'A64', workload: 'append', options: (filled) => ({ callers: 64, filled }) },
  { id: 'T64', workload: 'tagged', options: (filled) => ({ callers: 64, filled }) },
  { id: 'DC', workload: 'command', options: (filled) => ({ callers: 64, filled }) },
  { id: 'C', workload: 'read-log', options: (events) => ({ events }) },
  { id: 'E', workload: 'catch-up', options: (events) => ({ events }) },
];

const ENGINES = (process.env.ENGINE ?? 'sqlite,postgres').split(',');

if (ENGINES.includes('sqlite')) {
  await withFolder((folder) => measureEngine('SQLite', { folder }));
}
if (ENGINES.includes('postgres')) {
  const { url, stop } = await startPostgres();
  try {
    await withFolder((folder) => measureEngine('PostgreSQL', { folder, url }));
  } finally {
    await stop();
  }
}

async function measureEngine(engine: string, ground: Ground): Promise<void> {
  const lines: string[] = [];
  for (const growing of GROWING.filter(({ id }) => isWanted(id))) {
    lines.push(describe(growing.id, await measureSizes(growing, ground)));
  }
  const sizes = LOG_SIZES.map((size) => size.toLocaleString('en'));
  console.log(`${engine}, events a second.  \n${await describeMachine()}\n`);
  console.log(`| | ${sizes.join(' | ')} | slower by | flat within ${FLAT}x? |`);
  console.log(`|---|${'---:|'.repeat(sizes.length + 1)}---|\n${lines.join('\n')}\n`);
}

/** Of each round. */
type Rates = readonly number[];

/** All sizes in turn, so that a busy minute does not fall on one of them. */
async function measureSizes(growing: Growing, ground: Ground): Promise<readonly Rates[]> {
  const contenders = LOG_SIZES.map((size) => ({
    role: 'ours' as const,
    contender: {
      name: `${size}`,
      program: 'bench/contestants/ours.ts',
      workload: growing.workload,
      options: growing.options(size),
    },
  }));
  const sides = await measureSides({ id: growing.id, rounds: passes }, contenders, ground);
  for (const { failure } of sides) if (failure !== undefined) process.stderr.write(`${failure}\n`);
  return sides.map(({ figures }) => valuesOf(figures, 'perSecond'));
}

function describe(id: string, sizes: readonly Rates[]): string {
  const slower = medianRatio(sizes[0] ?? [], sizes.at(-1) ?? []) ?? Number.NaN;
  const shown = sizes.map((rates) => Math.round(median(rates) ?? Number.NaN).toLocaleString('en'));
  return `| ${id} | ${shown.join(' | ')} | ${slower.toFixed(2)}x | ${slower <= FLAT ? 'yes' : '**NO**'} |`;
}
