import type { ReadModelEngine } from '@tidemark/core';
import type { LiveReadModel, RebuildStatus } from '../src/index.ts';
import type { Total } from './totals-world.ts';
import { until } from './turns.ts';

/** The shape of the totals. */
export const TOTALS = { name: 'totals', version: 1, indexes: { byTotal: ['total'] } } as const;

/** Lets everybody act until the rebuild is in that state. */
export async function untilState(
  { rebuild }: LiveReadModel<Total>,
  state: RebuildStatus['state'],
): Promise<RebuildStatus> {
  let status = await rebuild.status();
  await until(async () => {
    status = await rebuild.status();
    return status.state === state;
  }, `it never became ${state}`);
  return status;
}

/** Builds anew and puts that in force. */
export async function rebuilt(live: LiveReadModel<Total>): Promise<void> {
  await live.rebuild.start();
  await untilState(live, 'ready');
  await live.rebuild.switch();
}

/** Writes a row past all events, as a mistake of earlier code would have left it. */
export async function plant(
  readModels: ReadModelEngine,
  row: Total,
  build?: number,
): Promise<void> {
  const table = await readModels.open<Total>(TOTALS, build);
  await table.parking?.settle({ rows: new Map([[row.id, row]]), parked: [] });
}

/** All rows, as a list of pages shows them. */
export async function rowsOf(
  live: Pick<LiveReadModel<Total>, 'find'>,
): Promise<ReadonlyMap<string, Total>> {
  const rows = new Map<string, Total>();
  let cursor: string | undefined;
  do {
    const page = await live.find({
      ...{ index: 'byTotal', equals: [], limit: 1_000 },
      ...(cursor !== undefined && { cursor }),
    });
    for (const row of page.items) rows.set(row.id, row);
    cursor = page.next;
  } while (cursor !== undefined);
  return rows;
}
