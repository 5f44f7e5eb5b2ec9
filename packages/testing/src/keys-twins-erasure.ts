import type { ErasedList, Erasure, KeyStorage } from '@tidemark/core';
import type { BreakKeys, KeysTwin } from './keys-twins.ts';

const NO_KEY = 'an erased subject has no key, and what it sealed is unreadable';
const NEVER_AGAIN = 'an erased subject never gets a key again';
const BEFORE = 'a subject can be erased before it has a key';
const TELLS = 'erasing tells whether there was a key, none any more, or never one';
const AGAIN = 'erasing again changes nothing';
const OTHERS = 'erasing one subject leaves the others readable';
const WINS = 'an erasure wins over whoever asks for the key meanwhile';
const REOPENED = 'an erased subject stays erased after opening again';
const TOLD = 'what one erases, another that has used the key before stops using with its next call';
const LISTED = 'who stands in the list of erased subjects has no key and never gets one';
const CARRIED = 'what was added to the list since is carried over at the next opening';
const STANDS = 'an erasure stands in the list';
const LEARNS = 'a list that is new, or older than before, learns who was erased';
const PAGE = 1_000;

/** What a place remembers of a subject that was erased. */
interface Erased {
  /** How often. */
  readonly times: number;
  /** Whether there was a key. */
  readonly had: boolean;
}

const NOTHING = { subjects: [], mark: 0 };
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A place that refuses a key to whom `refuses` says, and to nobody else. */
const refusing =
  (refuses: (erased: Erased) => boolean): NonNullable<BreakKeys['storage']> =>
  () => {
    const kept = new Map<string, Uint8Array>();
    const erased = new Map<string, Erased>();
    const load: KeyStorage['load'] = async (subjects) =>
      new Map([...kept].filter(([subject]) => subjects.includes(subject)));
    const erase = (subject: string): Erasure => {
      const before = erased.get(subject);
      const had = kept.delete(subject);
      erased.set(subject, { times: (before?.times ?? 0) + 1, had: had || before?.had === true });
      if (had) return 'erased';
      return before === undefined ? 'never-seen' : 'erased-before';
    };
    return {
      load,
      add: async (wrapped) => {
        for (const [subject, key] of wrapped) {
          const known = erased.get(subject);
          if (known !== undefined && refuses(known)) continue;
          if (!kept.has(subject)) kept.set(subject, key);
        }
        return load([...wrapped.keys()]);
      },
      erase: async (subject) => erase(subject),
      eraseAll: async (subjects) => subjects.forEach((subject) => void erase(subject)),
      erasedSince: async () => ({ subjects: [...erased.keys()], mark: 0 }),
    };
  };

/** Erasing one subject at a time. */
export const keysErasureTwins: readonly KeysTwin[] = [
  {
    broken: 'marks a subject as erased and keeps its key',
    sabotage: {
      storage: () => ({ erase: async () => 'erased', erasedSince: async () => NOTHING }),
    },
    caughtBy: [NO_KEY, NEVER_AGAIN, OTHERS, WINS, REOPENED],
  },
  {
    broken: 'forgets whom it erased, so that the key comes back as a new one',
    sabotage: { storage: refusing(() => false) },
    caughtBy: [NEVER_AGAIN, BEFORE, AGAIN, WINS, REOPENED, TOLD],
  },
  {
    broken: 'remembers only those who had a key',
    sabotage: { storage: refusing(({ had }) => had) },
    caughtBy: [BEFORE],
  },
  {
    broken: 'remembers no more when it is told a second time',
    sabotage: { storage: refusing(({ times }) => times % 2 === 1) },
    caughtBy: [AGAIN],
  },
  {
    broken: 'says that a key is erased whoever it was',
    sabotage: { storage: ({ erase }) => ({ erase: (one) => erase(one).then(() => 'erased') }) },
    caughtBy: [TELLS],
  },
  {
    broken: 'erases all subjects whose name begins so',
    sabotage: {
      connection: ({ add, erase }) => {
        const known = new Set<string>();
        return {
          add: (wrapped) => {
            for (const subject of wrapped.keys()) known.add(subject);
            return add(wrapped);
          },
          erase: async (subject) => {
            for (const other of known) if (other.startsWith(subject)) await erase(other);
            return erase(subject);
          },
        };
      },
    },
    caughtBy: [OTHERS],
  },
  {
    broken: 'looks who is erased apart from adding keys',
    sabotage: {
      storage: (storage) => {
        const careless = refusing(() => false)(storage) as KeyStorage;
        const erased = new Set<string>();
        return {
          ...careless,
          add: async (wrapped) => {
            const allowed = [...wrapped].filter(([subject]) => !erased.has(subject));
            await turn();
            return careless.add(new Map(allowed));
          },
          erase: async (subject) => {
            erased.add(subject);
            return careless.erase(subject);
          },
        };
      },
    },
    caughtBy: [WINS],
  },
  {
    broken: 'remembers in memory whom it erased',
    sabotage: {
      storage: refusing(() => false),
      connection: ({ add, erase }) => {
        const own = new Set<string>();
        return {
          add: (wrapped) => add(new Map([...wrapped].filter(([subject]) => !own.has(subject)))),
          erase: (subject) => {
            own.add(subject);
            return erase(subject);
          },
        };
      },
    },
    caughtBy: [REOPENED, TOLD],
  },
  {
    broken: 'has no word for others of whom it erased',
    sabotage: { storage: () => ({ erasedSince: async () => NOTHING }) },
    caughtBy: [TOLD],
  },
];

/** Changes the list that the keys are opened with. */
const list = (change: (list: ErasedList) => Partial<ErasedList>): BreakKeys => ({ list: change });

/** The list of all who were ever erased. */
export const keysListTwins: readonly KeysTwin[] = [
  {
    broken: 'does not read the list',
    sabotage: list(() => ({ read: async (after) => ({ erased: [], scannedTo: after }) })),
    caughtBy: [LISTED, CARRIED],
  },
  {
    broken: 'erases who stands in the list until somebody asks for a key',
    sabotage: { storage: refusing(() => false) },
    caughtBy: [LISTED],
  },
  {
    broken: 'reads one page of the list',
    sabotage: list(({ read }) => ({
      read: async (after, limit) =>
        after === 0n ? read(after, limit) : { erased: [], scannedTo: after },
    })),
    caughtBy: [CARRIED],
  },
  {
    broken: 'notes how far the list was carried over, and carries nothing over',
    sabotage: {
      storage: ({ eraseAll }) => ({ eraseAll: (_subjects, mark) => eraseAll([], mark) }),
    },
    caughtBy: [LISTED, CARRIED],
  },
  {
    broken: 'carries over only what was added at the last opening',
    sabotage: {
      storage: ({ eraseAll }) => ({
        eraseAll: (subjects, mark) => eraseAll(subjects.slice(-10), mark),
      }),
    },
    caughtBy: [CARRIED],
  },
  {
    broken: 'erases without a word to the list',
    sabotage: list(() => ({ add: async () => undefined })),
    caughtBy: [STANDS, LEARNS],
  },
  {
    broken: `tells a new list the first ${PAGE} of whom it erased`,
    sabotage: {
      storage: ({ listErased }) => ({
        listErased: async (after, limit) => (after === undefined ? listErased(after, limit) : []),
      }),
    },
    caughtBy: [LEARNS],
  },
];
