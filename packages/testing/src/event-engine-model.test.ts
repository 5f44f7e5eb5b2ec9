import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AppendRequest,
  Condition,
  EventEngine,
  NewEvent,
  QueryAlternative,
  Recorded,
  StreamName,
} from '@tidemark/core';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { createSqliteEventEngine } from '@tidemark/store-sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TEST_CAUSE } from './event-builders.ts';

const STREAMS: readonly StreamName[] = ['a-1', 'a-2', 'b-1', 'ab-1'];
const TYPES = ['Opened', 'Closed', 'Noted'];
const TAGS = ['x:1', 'x:2', 'y:1', 'y'];

const stream = fc.constantFrom(...STREAMS);
const tags = fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 3 });
const event: fc.Arbitrary<NewEvent> = fc.record({
  id: fc.constantFrom('id-1', 'id-2', 'id-3'),
  stream,
  type: fc.constantFrom(...TYPES),
  schema: fc.integer({ min: 1, max: 3 }),
  data: fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<NewEvent['data']>,
  tags,
  cause: fc.constant(TEST_CAUSE),
});
const some = <Value>(values: readonly Value[]) =>
  fc.option(fc.uniqueArray(fc.constantFrom(...values), { maxLength: 2 }), { nil: undefined });
const alternative: fc.Arbitrary<QueryAlternative> = fc
  .record({ categories: some(['a', 'b', 'ab']), types: some(TYPES), tags: some(TAGS) })
  .map((parts) => JSON.parse(JSON.stringify(parts)));
const query = fc.array(alternative, { maxLength: 3 });
const place = fc.integer({ min: 0, max: 60 }).map(BigInt);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    stream,
    revision: fc.oneof(fc.constantFrom('none' as const, 'some' as const), fc.nat({ max: 6 })),
  }),
  fc.record({ nothingMatches: query, after: place }),
);
const command = fc.option(
  fc.record({ commandId: fc.constantFrom(...'123456789'), fingerprint: fc.constantFrom('p', 'q') }),
  { nil: undefined },
);
const request: fc.Arbitrary<AppendRequest> = fc
  .record({
    events: fc.array(event, { minLength: 1, maxLength: 4 }),
    conditions: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(condition, { maxLength: 2 }) },
    ),
    command,
  })
  .map(({ events, conditions, command: named }) => ({ events, conditions, ...named }));

type Step =
  | { readonly do: 'commit'; readonly batch: readonly AppendRequest[]; readonly by: number }
  | { readonly do: 'reopen'; readonly by: number }
  | {
      readonly do: 'read';
      readonly page: Parameters<EventEngine['readLog']>[0];
      readonly by: number;
    };

const by = fc.nat({ max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      batch: fc.array(request, { minLength: 1, maxLength: 4 }),
      by,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), by }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      page: fc.record({ after: place, limit: fc.integer({ min: 1, max: 9 }), query }),
      by,
    }),
  },
);

const timeless = (events: readonly Recorded[]) =>
  events.map((one) =>
    JSON.parse(JSON.stringify({ ...one, position: String(one.position), recordedAt: '' })),
  );

async function everything(engine: EventEngine) {
  const streams: unknown[] = [];
  for (const name of STREAMS)
    for await (const page of engine.readStream(name)) streams.push(timeless(page));
  const commands = await Promise.all([...'0123456789'].map((id) => engine.findCommand(id)));
  const log = await engine.readLog({ after: 0n, limit: 10_000 });
  return { streams, commands, log: timeless(log.events), head: await engine.head() };
}

/** Two engines on one file do together what one engine in memory does. */
async function compare(path: string, steps: readonly Step[]): Promise<void> {
  const model = createMemoryEventEngine();
  const engines = [await createSqliteEventEngine(path), await createSqliteEventEngine(path)];
  try {
    for (const one of steps) {
      const engine = engines[one.by] as EventEngine;
      if (one.do === 'commit') {
        expect(await engine.commit(one.batch)).toEqual(await model.commit(one.batch));
      } else if (one.do === 'read') {
        const [found, wanted] = [await engine.readLog(one.page), await model.readLog(one.page)];
        expect(timeless(found.events)).toEqual(timeless(wanted.events));
        expect(found.scannedTo).toBeGreaterThanOrEqual(
          found.events.at(-1)?.position ?? one.page.after,
        );
      } else {
        await engine.close();
        engines[one.by] = await createSqliteEventEngine(path);
      }
    }
    const wanted = await everything(model);
    for (const engine of engines) expect(await everything(engine)).toEqual(wanted);
  } finally {
    for (const engine of engines) await engine.close();
  }
}

test('whatever is done to it, SQLite answers as the definition of the port does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-model-'));
  let run = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        run += 1;
        await compare(join(folder, `${run}.db`), steps);
      }),
      { numRuns: Number(process.env.RUNS ?? 25) },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
