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

/** A peer that stalls is cut. */
const PEER_WITHIN = { prepareWithinMs: 90_000, roundWithinMs: 30_000 };
const PROFILE_OF = { '1': 'ours', limit: 'limit', peers: 'peer' } as const;

let places = 0;

/** Measures all sides of a row. */
export async function measureRow(row: Row, ground: Ground): Promise<MeasuredRow> {
  return { row, sides: await measureSides(row, contendersOf(row), ground) };
}

/** Measures sides in rounds in turn, so that what else the machine does falls on all alike. */
export async function measureSides(
  { id, rounds = SIZES.rounds, roundMs = SIZES.roundMs }: Pick<Row, 'id' | 'rounds' | 'roundMs'>,
  contenders: readonly Pick<Measured, 'contender' | 'role'>[],
  ground: Ground,
): Promise<readonly Measured[]> {
  const entrants = contenders.map((one): Entrant => ({ ...one, figures: [] }));
  for (const entrant of entrants) {
    progress(id, `preparing ${entrant.contender.name}`);
    await attempt(entrant, async () => {
      entrant.side = await start(entrant, ground);
    });
  }
  for (let round = 1; round <= rounds; round += 1) {
    progress(id, `round ${round}`);
    for (const entrant of entrants) {
      await attempt(entrant, async () => {
        if (entrant.side !== undefined) entrant.figures.push(await entrant.side.round(roundMs));
      });
    }
  }
  for (const { side } of entrants) await side?.close();
  progress(id, 'done');
  return entrants;
}

function contendersOf({ limit, ours, peers = [] }: Row) {
  const as = (role: Measured['role']) => (contender: Contender) => ({ contender, role });
  return [
    ...(limit === undefined ? [] : [as('limit')(limit)]),
    as('ours')(ours),
    ...(WITH_PEERS ? peers.map(as('peer')) : []),
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
    { profiled, ...(role === 'peer' ? PEER_WITHIN : {}) },
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

function progress(id: string, what: string): void {
  process.stderr.write(`${id}: ${what}\n`);
}
