import { isFault, type ReadModelEngine, type ReadModelTable } from '@tidemark/core';
import { type PostgresServer, startPostgres } from '@tidemark/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresReadModels } from './read-models.ts';

interface Row {
  readonly n: number;
}

const SHAPE = { name: 'raced', version: 1, indexes: { by_n: ['n'] } } as const;
const ROUNDS = 12;
const SLICES = 4;

let server: PostgresServer;
let engines: readonly ReadModelEngine[];

beforeAll(async () => {
  server = await startPostgres();
  const open = () => openPostgresReadModels({ url: server.url, schema: 'raced' });
  engines = [await open(), await open()];
});
afterAll(async () => {
  for (const engine of engines ?? []) await engine.close();
  await server.stop();
});

/** What it answered, or the code of what it threw. */
async function outcomeOf(work: Promise<string>): Promise<string> {
  try {
    return await work;
  } catch (error) {
    return isFault(error) ? `${error.code}: ${error.facts.sqlState ?? ''}` : String(error);
  }
}

/** First steps, later steps, and a new division, all under way at once. */
function storm(table: ReadModelTable<Row>): readonly Promise<string>[] {
  const steps = Array.from({ length: SLICES }, (_, index) => {
    const slice = { index, count: SLICES };
    const step = (from: bigint) =>
      table.apply({ slice, from, to: from + 1n, rows: new Map([[`k${index}`, { n: 1 }]]) });
    return [step(0n), step(0n), step(1n), table.checkpoint(slice).then(() => 'read')];
  });
  const asked = { index: 'by_n', equals: [], limit: 9 };
  const others = [
    table.slicing?.divide(SLICES + 1).then(() => 'divided') ?? Promise.resolve('none'),
    table.find(asked).then(() => 'read'),
    table.scan?.(undefined, 9).then(() => 'read') ?? Promise.resolve('none'),
  ];
  return [...steps.flat(), ...others].map(outcomeOf);
}

test('a build is put in force, and another dropped, under steps and queries of other processes', async () => {
  const [one, other] = engines as readonly [ReadModelEngine, ReadModelEngine];
  const builds = one.builds as NonNullable<typeof one.builds>;
  await one.open<Row>(SHAPE);
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    await (await one.open<Row>(SHAPE)).slicing?.divide(SLICES);
    expect(await builds.add(SHAPE, '2030-01-01T00:00:00.000Z')).toBe('added');
    const [old, made] = await builds.list(SHAPE.name);
    const name = SHAPE.name;
    const [inForce, beside] = [old, made].map((build) => ({ name, ...build }));
    if (inForce?.build === undefined || beside?.build === undefined) throw new Error('not added');
    const tables = await Promise.all(
      [inForce, beside].flatMap(({ build }) =>
        engines.map((engine) => engine.open<Row>(SHAPE, build)),
      ),
    );
    const going = tables.flatMap((table) => storm(table));
    const switched = await outcomeOf(
      builds.enforce({ ...SHAPE, build: beside.build }, inForce.build),
    );
    expect(['enforced', 'behind']).toContain(switched);
    const gone = switched === 'enforced' ? inForce.build : beside.build;
    const dropping = other.builds?.drop({ ...SHAPE, build: gone, isInForce: false });
    expect(await dropping).toBe('dropped');
    for (const outcome of await Promise.all(going)) seen.add(outcome);
  }
  const harmless = ['applied', 'overtaken', 'read', 'divided', 'READ_MODEL_DROPPED: '];
  expect([...seen].filter((outcome) => !harmless.includes(outcome))).toEqual([]);
  expect(await builds.list(SHAPE.name)).toMatchObject([{ isInForce: true }]);
});
