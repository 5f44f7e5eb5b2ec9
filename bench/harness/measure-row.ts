import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from './figures.ts';
import type { Contender, Measured, MeasuredRow, Row } from './row.ts';
import { PROFILED, SIZES, WITH_PEERS } from './settings.ts';
import { type Side, startSide } from './side.ts';

/** Where the data of all rows goes. */
export interface Ground {
  readonly folder: string;
  /** A PostgreSQL database; each side gets a schema of its own. */
  readonly url?: string;
}

interface Entrant {
  readonly contender: Contender;
  readonly role: Measured['role'];
  readonly figures: Figure[];
  side?: Side;
  failure?: string;
}

const PEER_ROUND_WITHIN_MS = 45_000;
const PROFILE_OF = { '1': 'ours', limit: 'limit', peers: 'peer' } as const;

let places = 0;

/** Measures all sides of a row in rounds in turn, so that what else the machine does falls on all alike. */
export async function measureRow(row: Row, ground: Ground): Promise<MeasuredRow> {
  const entrants = entrantsOf(row);
  for (const entrant of entrants) {
    progress(row, `preparing ${entrant.contender.name}`);
    await attempt(entrant, async () => {
      entrant.side = await start(entrant, ground);
    });
  }
  const forMs = row.roundMs ?? SIZES.roundMs;
  for (let round = 1; round <= (row.rounds ?? SIZES.rounds); round += 1) {
    progress(row, `round ${round}`);
    for (const entrant of entrants) {
      await attempt(entrant, async () => {
        if (entrant.side !== undefined) entrant.figures.push(await entrant.side.round(forMs));
      });
    }
  }
  for (const { side } of entrants) await side?.close();
  progress(row, 'done');
  return { row, sides: entrants };
}

function entrantsOf({ limit, ours, peers = [] }: Row): readonly Entrant[] {
  const entrant = (contender: Contender, role: Measured['role']): Entrant => ({
    contender,
    role,
    figures: [],
  });
  return [
    ...(limit === undefined ? [] : [entrant(limit, 'limit')]),
    entrant(ours, 'ours'),
    ...(WITH_PEERS ? peers.map((peer) => entrant(peer, 'peer')) : []),
  ];
}

async function start({ contender, role }: Entrant, ground: Ground): Promise<Side> {
  places += 1;
  const place = contender.place ?? `side_${places}`;
  const folder = join(ground.folder, place);
  await mkdir(folder, { recursive: true });
  const { program, workload, options = {} } = contender;
  const where = ground.url === undefined ? {} : { url: ground.url, schema: `bench_${place}` };
  const profiled = PROFILE_OF[PROFILED as keyof typeof PROFILE_OF] === role;
  return startSide(
    program,
    { workload, folder, options, ...where },
    { profiled, ...(role === 'peer' ? { roundWithinMs: PEER_ROUND_WITHIN_MS } : {}) },
  );
}

/** A side that fails is out; the others go on, and the table says so. */
async function attempt(entrant: Entrant, work: () => Promise<void>): Promise<void> {
  if (entrant.failure !== undefined) return;
  try {
    await work();
  } catch (error) {
    entrant.failure = error instanceof Error ? error.message : String(error);
  }
}

function progress(row: Row, what: string): void {
  process.stderr.write(`${row.id}: ${what}\n`);
}
