import { type EventEngine, Fault, type Query, type Recorded } from '@tidemark/core';
import {
  type BreakEngine,
  conditionsWhere,
  type EventEngineTwin,
  furthest,
  turn,
} from './event-engine-twins-sabotage.ts';

const AT_ONCE = 'waiting for news ends at once when there is something behind the position';
const NEXT = 'waiting for news ends with the next commit, for everybody who waits';
const ABORTED = 'waiting for news ends when its signal aborts, before or while waiting';
const NOTHING_LEFT =
  'who waits for news leaves nothing behind on its signal, which may outlive all waiting';
const CLOSED = 'waiting for news ends when the engine is closed';
const CLOSING =
  'what was acknowledged while an engine was being closed is stored, and what was refused is not';
const REFUSES = 'a closed engine refuses with STORE_UNAVAILABLE and may be closed again';
const ENDED =
  'what was asked before an engine was closed is answered or refused by when it is closed';
const REOPENED =
  'an engine opened again on the same storage knows everything that was acknowledged';
const ONE_LOG = 'two engines on one storage give one log without gaps';
const SEES = 'an engine sees what another has written: conflicts, commands and streams';
const KNOWS_TAGS = 'an engine opened again knows all tags';
const SEES_TAGS = 'an engine sees the tags that another has written';
const ONE_WINS = 'of two engines that write the same revision at the same time exactly one wins';
const OTHERS_NEWS = 'waiting for news ends with a commit of another engine';

const never = new AbortController().signal;
const forEver = () => new Promise<never>(() => undefined);

/** Waits for news of its own making. */
function wakeOwn(engine: EventEngine, waking: (waiting: Set<() => void>) => void) {
  const waiting = new Set<() => void>();
  const awaitNews: EventEngine['awaitNews'] = async (after, signal) => {
    if (signal.aborted || (await engine.head()) > after) return;
    await new Promise<void>((resolve) => {
      waiting.add(resolve);
      signal.addEventListener('abort', () => resolve());
    });
  };
  const commit: EventEngine['commit'] = async (batch) => {
    const results = await engine.commit(batch);
    waking(waiting);
    return results;
  };
  return { awaitNews, commit };
}

/** Commits in its own way, knowing whether it was closed. */
const closingWhile =
  (commit: (engine: EventEngine, isClosed: () => boolean) => EventEngine['commit']): BreakEngine =>
  (engine) => {
    let closed = false;
    return {
      commit: commit(engine, () => closed),
      close: async () => {
        closed = true;
        await engine.close();
      },
    };
  };

const newsTwins: readonly EventEngineTwin[] = [
  {
    broken: 'never wakes who waits for news',
    sabotage: () => ({ awaitNews: forEver }),
    caughtBy: [AT_ONCE, NEXT, ABORTED, CLOSED, OTHERS_NEWS],
  },
  {
    broken: 'waits for the next commit although there is news',
    sabotage: (engine) => ({
      awaitNews: async (after, signal) => {
        await engine.awaitNews(furthest(await engine.head(), after), signal);
      },
    }),
    caughtBy: [AT_ONCE],
  },
  {
    broken: 'wakes one of those who wait',
    sabotage: (engine) =>
      wakeOwn(engine, (waiting) => {
        const [first] = waiting;
        first?.();
      }),
    caughtBy: [NEXT],
  },
  {
    broken: 'waits on although the signal has aborted',
    sabotage: (engine) => ({ awaitNews: (after) => engine.awaitNews(after, never) }),
    caughtBy: [ABORTED],
  },
  {
    broken: 'makes a signal of each that it is given, which that one keeps',
    sabotage: (engine) => ({
      awaitNews: (after, signal) => engine.awaitNews(after, AbortSignal.any([signal, never])),
    }),
    caughtBy: [NOTHING_LEFT],
  },
  {
    broken: 'lets those who wait for news wait on when it is closed',
    sabotage: (engine) => ({ close: async () => void engine }),
    caughtBy: [CLOSED, REFUSES],
  },
  {
    broken: 'hears of its own commits only',
    sabotage: (engine) => wakeOwn(engine, (waiting) => waiting.forEach((wake) => void wake())),
    caughtBy: [OTHERS_NEWS, CLOSED],
  },
  {
    broken: 'lets those wait for news who come after it was closed',
    sabotage: (engine) => {
      let closed = false;
      return {
        awaitNews: (after, signal) => (closed ? forEver() : engine.awaitNews(after, signal)),
        close: async () => {
          closed = true;
          await engine.close();
        },
      };
    },
    caughtBy: [CLOSED],
  },
  {
    broken: 'acknowledges what it has not stored when it is closed',
    sabotage: closingWhile((engine, isClosed) => async (batch) => {
      await turn();
      if (!isClosed()) return engine.commit(batch);
      return batch.map(() => ({ kind: 'appended', position: 1n, revisions: {} }));
    }),
    caughtBy: [CLOSING],
  },
  {
    broken: 'says that it did not answer when it is closed, whatever it has stored',
    sabotage: closingWhile((engine, isClosed) => async (batch) => {
      const results = await engine.commit(batch);
      await turn();
      if (isClosed()) throw new Fault('STORE_UNAVAILABLE', 'the store is closed');
      return results;
    }),
    caughtBy: [CLOSING],
  },
  {
    broken: 'does not wait for its answers when it is closed',
    sabotage: (engine) => ({
      head: async () => {
        const head = await engine.head();
        for (let turns = 0; turns < 3; turns += 1) await turn();
        return head;
      },
    }),
    caughtBy: [ENDED],
  },
  {
    broken: 'reads on from its memory after it was closed',
    sabotage: (engine) => ({ findCommand: (id) => engine.findCommand(id).catch(() => undefined) }),
    caughtBy: [REFUSES],
  },
  {
    broken: 'cannot be closed twice',
    sabotage: (engine) => {
      let closed = false;
      return {
        close: async () => {
          if (closed) throw new Error('the file is closed');
          closed = true;
          await engine.close();
        },
      };
    },
    caughtBy: [REFUSES],
  },
];

const sharedTwins: readonly EventEngineTwin[] = [
  {
    broken: 'keeps command ids in memory',
    sabotage: (engine) => {
      const own = new Set<string>();
      return {
        commit: async (batch) => {
          for (const { commandId } of batch) if (commandId !== undefined) own.add(commandId);
          return engine.commit(batch);
        },
        findCommand: async (id) => (own.has(id) ? engine.findCommand(id) : undefined),
      };
    },
    caughtBy: [SEES],
  },
  {
    broken: 'knows only the tags of what was written since it was opened',
    sabotage: (engine) => {
      const openedAt = engine.head();
      return {
        commit: async (batch) => {
          const at = await openedAt;
          return engine.commit(
            batch.map((request) => ({
              ...request,
              conditions: request.conditions.map((condition) =>
                'stream' in condition || condition.after > at
                  ? condition
                  : { ...condition, after: at },
              ),
            })),
          );
        },
      };
    },
    caughtBy: [KNOWS_TAGS],
  },
  {
    broken: 'indexes the tags that it has written itself',
    sabotage: (engine) => {
      const own = new Set<string>();
      const known = (query: Query) =>
        query.filter(({ tags = [] }) => tags.every((tag) => own.has(tag)));
      return {
        commit: (batch) => {
          for (const { events } of batch) {
            for (const { tags = [] } of events) for (const tag of tags) own.add(tag);
          }
          return engine.commit(
            batch.map((request) => ({
              ...request,
              conditions: request.conditions.map((condition) =>
                'stream' in condition
                  ? condition
                  : { ...condition, nothingMatches: known(condition.nothingMatches) },
              ),
            })),
          );
        },
        readLog: (page) =>
          engine.readLog(page.query === undefined ? page : { ...page, query: known(page.query) }),
      };
    },
    caughtBy: [SEES_TAGS, KNOWS_TAGS],
  },
  {
    broken: 'holds streams that it has read in memory and does not look again',
    sabotage: (engine) => {
      const held = new Map<string, readonly Recorded[]>();
      return {
        async *readStream(stream, range) {
          const events: Recorded[] = [...(held.get(stream) ?? [])];
          if (held.has(stream)) return yield events;
          for await (const page of engine.readStream(stream, range)) events.push(...page);
          held.set(stream, events);
          yield events;
        },
      };
    },
    caughtBy: [SEES],
  },
  {
    broken: 'takes the events that it has written itself for the whole log',
    sabotage: (engine) => {
      let position = 0n;
      return {
        commit: async (batch) => {
          const results = await engine.commit(batch);
          position += BigInt(batch.flatMap(({ events }) => events).length);
          return results;
        },
        readLog: async (page) => {
          const found = await engine.readLog({ ...page, limit: 10_000 });
          return { ...found, events: found.events.filter((event) => event.position <= position) };
        },
      };
    },
    caughtBy: [ONE_LOG, REOPENED],
  },
  {
    broken: 'ignores conditions on streams',
    sabotage: conditionsWhere((condition) => 'nothingMatches' in condition),
    caughtBy: [SEES, ONE_WINS],
  },
];

/** News, closing, reopening, and several engines on one storage. */
export const storageTwins: readonly EventEngineTwin[] = [...newsTwins, ...sharedTwins];
