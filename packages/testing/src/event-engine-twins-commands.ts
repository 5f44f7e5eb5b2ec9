import { type AppendRequest, Fault } from '@tidemark/core';
import {
  answers,
  type EventEngineTwin,
  holdsNow,
  requests,
} from './event-engine-twins-sabotage.ts';

const REPEATED = 'a repeated command changes nothing and is answered with the first receipt';
const LOOKED_UP = 'a command id is looked up before any condition';
const PRINT = 'the fingerprint of the first command is answered, whatever the second one brings';
const NO_PRINT = 'a receipt without a fingerprint has no such field';
const REFUSED = 'a refused command is not remembered and is decided again';
const FOUND = 'an accepted command is found by its id, another id is not';
const ALIKE = 'command ids that look alike are kept apart, and what is no id is not found';
const BATCH = 'in a batch a duplicate is answered for itself and the others are stored';
const MANY = 'thousands of commands are all remembered';
/** Of a store that is small. */
const REMEMBERED_COMMANDS = 1_000;

const nobody = ({ commandId: _, ...request }: AppendRequest): AppendRequest => request;

/** Command ids and receipts. */
export const commandTwins: readonly EventEngineTwin[] = [
  {
    broken: 'forgets command ids',
    sabotage: requests(nobody),
    caughtBy: [
      REPEATED,
      LOOKED_UP,
      FOUND,
      BATCH,
      MANY,
      'of two engines that repeat one command at the same time one stores it and both answer the same',
      'an engine opened again on the same storage knows everything that was acknowledged',
    ],
  },
  {
    broken: 'looks at conditions before command ids',
    sabotage: (engine) => ({
      commit: async (batch) => {
        for (const request of batch) {
          if (!(await holdsNow(engine, request))) return engine.commit(batch.map(nobody));
        }
        return engine.commit(batch);
      },
    }),
    caughtBy: [LOOKED_UP, REPEATED],
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
    caughtBy: [REFUSED],
  },
  {
    broken: 'loses fingerprints',
    sabotage: requests(({ fingerprint: _, ...request }) => request),
    caughtBy: [PRINT, REPEATED, FOUND],
  },
  {
    broken: 'answers a repeated command with the fingerprint that came with it',
    sabotage: answers((result, { fingerprint }) => {
      if (result.kind !== 'duplicate') return result;
      const { fingerprint: _, ...first } = result.first;
      return { ...result, first: { ...first, ...(fingerprint && { fingerprint }) } };
    }),
    caughtBy: [PRINT],
  },
  {
    broken: 'answers a fingerprint that is undefined where none was given',
    sabotage: (engine) => ({
      findCommand: async (id) => {
        const receipt = await engine.findCommand(id);
        return receipt && { fingerprint: undefined as unknown as string, ...receipt };
      },
    }),
    caughtBy: [NO_PRINT],
  },
  {
    broken: 'answers a repeated command with where the log ends now',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const results = await engine.commit(batch);
        const position = await engine.head();
        return results.map((result) =>
          result.kind === 'duplicate'
            ? { ...result, first: { ...result.first, position } }
            : result,
        );
      },
    }),
    caughtBy: [REPEATED, BATCH],
  },
  {
    broken: 'compares command ids without case',
    sabotage: (engine) => ({ findCommand: (id) => engine.findCommand(id.toLowerCase()) }),
    caughtBy: [FOUND],
  },
  {
    broken: 'compares command ids without case when it looks for repeats',
    sabotage: requests(({ commandId, ...request }) =>
      commandId === undefined ? request : { ...request, commandId: commandId.toLowerCase() },
    ),
    caughtBy: [ALIKE],
  },
  {
    broken: 'cuts blanks from command ids',
    sabotage: requests(({ commandId, ...request }) =>
      commandId === undefined ? request : { ...request, commandId: commandId.trim() },
    ),
    caughtBy: [ALIKE],
  },
  {
    broken: 'refuses to look for a command id that it could not store',
    sabotage: (engine) => ({
      findCommand: async (id) => {
        if (id.includes('\0')) throw new Fault('EVENT_INVALID', 'invalid byte sequence');
        return engine.findCommand(id);
      },
    }),
    caughtBy: [ALIKE],
  },
  {
    broken:
      'asks for command ids in UTF-8, where half a character becomes the sign for what is unreadable',
    sabotage: (engine) => ({ findCommand: (id) => engine.findCommand(Buffer.from(id).toString()) }),
    caughtBy: [ALIKE],
  },
  {
    broken: 'answers a whole batch as repeated when one of it is',
    sabotage: (engine) => ({
      commit: async (batch) => {
        for (const { commandId } of batch) {
          const first = commandId === undefined ? undefined : await engine.findCommand(commandId);
          if (first !== undefined) return batch.map(() => ({ kind: 'duplicate', first }));
        }
        return engine.commit(batch);
      },
    }),
    caughtBy: [BATCH],
  },
  {
    broken: `remembers the last ${REMEMBERED_COMMANDS} commands`,
    sabotage: (engine) => {
      const accepted: string[] = [];
      return {
        commit: async (batch) => {
          accepted.push(...batch.flatMap(({ commandId }) => commandId ?? []));
          return engine.commit(batch);
        },
        findCommand: async (id) =>
          accepted.slice(-REMEMBERED_COMMANDS).includes(id) ? engine.findCommand(id) : undefined,
      };
    },
    caughtBy: [MANY],
  },
];
