import type { AppendRequest, EventEngine } from '@tidemark/core';
import { createMemoryEventEngine, createMemoryStorage } from '@tidemark/store-memory';
import { describe, expect, test } from 'vitest';
import { eventEngineCases } from './event-engine-contract.ts';
import type { EventEngineCase, EventEngineSubject } from './event-engine-contract-case.ts';

/** An engine made wrong in one way. */
type Sabotage = (engine: EventEngine) => Partial<EventEngine>;

interface Twin {
  readonly broken: string;
  readonly sabotage: Sabotage;
  /** Beginnings of the names of cases that must catch it. */
  readonly caughtBy: readonly string[];
}

const strip = (request: AppendRequest): AppendRequest => ({ ...request, conditions: [] });
const nobody = ({ commandId: _, ...request }: AppendRequest): AppendRequest => request;
const always = (kept: (request: AppendRequest) => AppendRequest) => (engine: EventEngine) => ({
  commit: (batch: readonly AppendRequest[]) => engine.commit(batch.map(kept)),
});
const onlyConditions =
  (keep: 'stream' | 'nothingMatches'): Sabotage =>
  (engine) =>
    always((request) => ({
      ...request,
      conditions: request.conditions.filter((condition) => keep in condition),
    }))(engine);

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const TWINS: readonly Twin[] = [
  {
    broken: 'ignores all conditions',
    sabotage: always(strip),
    caughtBy: [
      'the condition "none" conflicts',
      'an expected revision holds only',
      'an expected revision conflicts',
      'the condition "some" holds',
      'a condition may look at a stream',
      'of several conditions',
      'of two engines that write the same revision',
    ],
  },
  {
    broken: 'ignores query conditions',
    sabotage: onlyConditions('stream'),
    caughtBy: ['a query condition sees', 'the condition that nothing matches one tag'],
  },
  {
    broken: 'ignores conditions on streams that the append does not write',
    sabotage: always((request) => ({
      ...request,
      conditions: request.conditions.filter(
        (condition) =>
          !('stream' in condition) ||
          request.events.some((event) => event.stream === condition.stream),
      ),
    })),
    caughtBy: ['a condition may look at a stream'],
  },
  {
    broken: 'checks only the first condition',
    sabotage: always((request) => ({ ...request, conditions: request.conditions.slice(0, 1) })),
    caughtBy: ['of several conditions', 'an append over several streams is all or nothing'],
  },
  {
    broken: 'stores the first event of an append that conflicts',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const results = await engine.commit(batch);
        for (const [place, result] of results.entries()) {
          const first = batch[place]?.events[0];
          if (result.kind === 'conflict' && first !== undefined) {
            await engine.commit([{ events: [first], conditions: [] }]);
          }
        }
        return results;
      },
    }),
    caughtBy: ['an append over several streams is all or nothing', 'in a batch each request'],
  },
  {
    broken: 'lets one conflict spoil the whole batch',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const holding = await Promise.all(batch.map((request) => wouldHold(engine, request)));
        if (batch.length > 1 && holding.includes(false)) throw new Error('rolled back');
        return engine.commit(batch);
      },
    }),
    caughtBy: ['in a batch each request'],
  },
  {
    broken: 'leaves gaps between positions',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const found = await engine.readLog(page);
        return {
          ...found,
          events: found.events.map((event) => ({ ...event, position: event.position * 2n })),
        };
      },
    }),
    caughtBy: ['positions count from 1', 'two engines on one storage'],
  },
  {
    broken: 'forgets command ids',
    sabotage: always(nobody),
    caughtBy: [
      'a repeated command changes nothing',
      'a command id is looked up before',
      'an accepted command is found',
      'of two engines that repeat one command',
      'an engine opened again',
    ],
  },
  {
    broken: 'looks at conditions before command ids',
    sabotage: (engine) => ({
      commit: async (batch) => {
        for (const request of batch) {
          if (!(await wouldHold(engine, request))) return engine.commit(batch.map(nobody));
        }
        return engine.commit(batch);
      },
    }),
    caughtBy: ['a command id is looked up before', 'a repeated command changes nothing'],
  },
  {
    broken: 'remembers refused commands',
    sabotage: (engine) => {
      const refused = new Set<string>();
      return {
        commit: async (batch) => {
          const results = await engine.commit(batch);
          return results.map((result, place) => {
            const id = batch[place]?.commandId;
            if (id !== undefined && refused.has(id)) {
              return { kind: 'duplicate', first: { position: 0n, revisions: {} } } as const;
            }
            if (id !== undefined && result.kind === 'conflict') refused.add(id);
            return result;
          });
        },
      };
    },
    caughtBy: ['a refused command is not remembered'],
  },
  {
    broken: 'loses fingerprints',
    sabotage: always(({ fingerprint: _, ...request }) => request),
    caughtBy: ['the fingerprint of the first command', 'a repeated command changes nothing'],
  },
  {
    broken: 'says it has scanned to the head although the page was full',
    sabotage: (engine) => ({
      readLog: async (page) => ({
        ...(await engine.readLog(page)),
        scannedTo: await engine.head(),
      }),
    }),
    caughtBy: ['a full page is scanned no further', 'a page of the log holds at most'],
  },
  {
    broken: 'says it has scanned only to the last match',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const found = await engine.readLog(page);
        return { ...found, scannedTo: found.events.at(-1)?.position ?? page.after };
      },
    }),
    caughtBy: ['a page that finds little or nothing'],
  },
  {
    broken: 'scans behind the head',
    sabotage: (engine) => ({
      readLog: async (page) => {
        const found = await engine.readLog(page);
        return { ...found, scannedTo: page.after + BigInt(page.limit) };
      },
    }),
    caughtBy: ['an empty log has head 0', 'scannedTo is never below'],
  },
  {
    broken: 'answers any tag of a query instead of all',
    sabotage: (engine) => ({
      readLog: (page) =>
        engine.readLog(
          page.query === undefined
            ? page
            : {
                ...page,
                query: page.query.flatMap((alternative) =>
                  (alternative.tags ?? []).length < 2
                    ? [alternative]
                    : (alternative.tags ?? []).map((tag) => ({ ...alternative, tags: [tag] })),
                ),
              },
        ),
    }),
    caughtBy: ['reading the log by two tags, of which both'],
  },
  {
    broken: 'reads only the first page of a stream',
    sabotage: (engine) => ({
      async *readStream(stream, range) {
        for await (const page of engine.readStream(stream, range)) {
          yield page;
          return;
        }
      },
    }),
    caughtBy: ['a stream of several thousand events'],
  },
  {
    broken: 'leaves out the last revision of a range',
    sabotage: (engine) => ({
      readStream: (stream, range = {}) =>
        engine.readStream(
          stream,
          range.upTo === undefined ? range : { ...range, upTo: range.upTo - 1 },
        ),
    }),
    caughtBy: ['a range of a stream includes both ends'],
  },
  {
    broken: 'loses the tags of events',
    sabotage: always((request) => ({
      ...request,
      events: request.events.map(({ tags: _, ...event }) => event),
    })),
    caughtBy: ['an event comes back as it was written', 'reading the log by one tag'],
  },
  {
    broken: 'never wakes who waits for news',
    sabotage: () => ({ awaitNews: () => new Promise(() => undefined) }),
    caughtBy: ['waiting for news ends with the next', 'waiting for news ends at once'],
  },
  {
    broken: 'checks conditions apart from the commit, so that two writers pass',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const holds: boolean[] = [];
        for (const request of batch) holds.push(await wouldHold(engine, request));
        await turn();
        if (holds.every(Boolean)) return engine.commit(batch.map(strip));
        return engine.commit(batch);
      },
    }),
    caughtBy: ['of two engines that write the same revision'],
  },
];

async function wouldHold(engine: EventEngine, request: AppendRequest): Promise<boolean> {
  for (const condition of request.conditions) {
    if (!('stream' in condition)) continue;
    let last: number | 'none' = 'none';
    for await (const page of engine.readStream(condition.stream))
      last = page.at(-1)?.revision ?? last;
    if (condition.revision === 'some' ? last === 'none' : last !== condition.revision) return false;
  }
  return true;
}

async function openSubject(sabotage: Sabotage): Promise<EventEngineSubject> {
  const storage = createMemoryStorage();
  const openOne = async () => {
    const engine = createMemoryEventEngine({ storage });
    return { ...engine, ...sabotage(engine) };
  };
  return { engine: await openOne(), openSecond: openOne, reopen: openOne, close: async () => {} };
}

/** Whether the case passes within some turns of the event loop; one that waits for ever does not. */
async function passes(one: EventEngineCase, sabotage: Sabotage): Promise<boolean> {
  let outcome: boolean | undefined;
  const running = (async () => one.run(await openSubject(sabotage)))();
  running.then(
    () => {
      outcome = true;
    },
    () => {
      outcome = false;
    },
  );
  for (let turns = 0; turns < 500 && outcome === undefined; turns += 1) await turn();
  return outcome ?? false;
}

function caseNamed(beginning: string): EventEngineCase {
  const found = eventEngineCases.filter((one) => one.name.startsWith(beginning));
  expect(found, beginning).toHaveLength(1);
  return found[0] as EventEngineCase;
}

describe.each(TWINS)('an engine that $broken', ({ caughtBy, sabotage }) => {
  test.each(caughtBy)('is caught by: %s', async (beginning) => {
    const one = caseNamed(beginning);
    expect(await passes(one, () => ({}))).toBe(true);
    expect(await passes(one, sabotage)).toBe(false);
  });
});
