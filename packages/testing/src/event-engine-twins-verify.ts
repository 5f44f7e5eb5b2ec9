import type { EventEngineTwin } from './event-engine-twins-sabotage.ts';

const SOUND = 'verifying a sound log finds nothing wrong, be it empty or written to meanwhile';
const MISSING = 'verifying finds that an event is missing, and says it';
const STOPPED = 'verifying ends with the reason of its signal';

const never = new AbortController().signal;

/** What an engine finds that verifies its store. */
export const verifyTwins: readonly EventEngineTwin[] = [
  {
    broken: 'finds everything sound',
    sabotage: ({ verify }) => ({
      verify: async (signal) =>
        ((await verify?.(signal)) ?? []).map((one) => ({ ...one, isSound: true })),
    }),
    caughtBy: [MISSING],
  },
  {
    broken: 'takes an empty log for one that was lost',
    sabotage: (engine) => ({
      verify: async (signal) => {
        const isSound = (await engine.head()) > 0n;
        const found = (await engine.verify?.(signal)) ?? [];
        return [...found, { check: 'there are events', isSound, detail: '' }];
      },
    }),
    caughtBy: [SOUND],
  },
  {
    broken: 'compares what it counts with a head that it has asked for before',
    sabotage: (engine) => ({
      verify: async (signal) => {
        const head = await engine.head();
        const found = (await engine.verify?.(signal)) ?? [];
        const isSound = head === (await engine.head());
        return [...found, { check: 'as many events as positions', isSound, detail: '' }];
      },
    }),
    caughtBy: [SOUND],
  },
  {
    broken: 'rejects where it should say what is wrong',
    sabotage: ({ verify }) => ({
      verify: async (signal) => {
        const found = (await verify?.(signal)) ?? [];
        if (found.some(({ isSound }) => !isSound)) throw new Error('the log is damaged');
        return found;
      },
    }),
    caughtBy: [MISSING],
  },
  {
    broken: 'verifies on although it was told to stop',
    sabotage: ({ verify }) => ({ verify: async () => (await verify?.(never)) ?? [] }),
    caughtBy: [STOPPED],
  },
];
