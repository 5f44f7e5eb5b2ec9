import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine } from './machine.ts';
import { type Ground, measureRow } from './measure-row.ts';
import type { MeasuredRow, Row } from './row.ts';
import { isWanted } from './settings.ts';
import { describeRows, describeSides } from './table.ts';

/** Measures the wanted rows and prints both tables. */
export async function runRows(
  rows: readonly Row[],
  options: { readonly url?: string; readonly versions?: readonly string[] } = {},
): Promise<void> {
  const measured: MeasuredRow[] = [];
  await withFolder(async (folder) => {
    const ground: Ground = { folder, ...(options.url === undefined ? {} : { url: options.url }) };
    for (const row of rows.filter(({ id }) => isWanted(id))) {
      const before = measured.find((one) => one.row.id === row.peersOf)?.sides ?? [];
      const { sides } = await measureRow(row, ground);
      measured.push({ row, sides: [...sides, ...before.filter(({ role }) => role === 'peer')] });
      process.stderr.write(`${describeRows(measured.slice(-1))}\n`);
    }
  });
  console.log(`${await describeMachine(options.versions)}\n\n${describeRows(measured)}\n`);
  console.log(`Every side, with the spread of its rounds:\n\n${describeSides(measured)}`);
}

/** Runs work on a temporary folder (`BENCH_DIR` chooses where), which is removed afterwards. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), 'tidemark-bench-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
