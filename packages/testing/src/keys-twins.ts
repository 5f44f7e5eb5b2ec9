import type { ErasedList, KeyStorage, Keys, Sealed, SubjectKey } from '@tidemark/core';
import type { Twin } from './twins.ts';

/** What broken keys do instead. */
export interface BreakKeys {
  /** Of the place itself, made once for all that are opened on it. */
  readonly storage?: (storage: KeyStorage) => Partial<KeyStorage>;
  /** Of the storage as each that is opened sees it. */
  readonly connection?: (storage: KeyStorage) => Partial<KeyStorage>;
  /** Of the list of erased subjects that they are opened with. */
  readonly list?: (list: ErasedList) => Partial<ErasedList>;
  /** Of the keys that are opened. */
  readonly keys?: (keys: Keys) => Partial<Keys>;
}

export type KeysTwin = Twin<BreakKeys>;

const OPENED = 'what was sealed is opened by the key fetched later';
const FORM = 'the sealed form is base64url of version, nonce, ciphertext and tag';
const DIFFERENT =
  'the same value sealed twice gives different ciphertexts, without the value in them';
const CHANGED = 'a sealed value that was changed anywhere is a fault, never data';
const ANOTHER = 'the key of one subject does not open what belongs to another';
const ONCE = 'a key is made once, however many ask for it at the same time';
const FETCHING = 'fetching makes no key, and answers only those that exist';
const ALIKE = 'subjects that look alike have keys of their own';
const REOPENED = 'keys are there after opening again';
const SAME = 'two that make keys for the same subjects end with the same keys';
const CLOSED = 'after closing, every call is a fault';

/** Changes each key that is handed out. */
const eachKey = (change: (key: SubjectKey, subject: string) => Partial<SubjectKey>): BreakKeys => {
  const changed = (ring: ReadonlyMap<string, SubjectKey>) =>
    new Map([...ring].map(([subject, key]) => [subject, { ...key, ...change(key, subject) }]));
  return {
    keys: ({ ensure, fetch }) => ({
      ensure: async (subjects) => changed(await ensure(subjects)),
      fetch: async (subjects) => changed(await fetch(subjects)),
    }),
  };
};

/** Names subjects in its own way. */
const named = (change: (subject: string) => string): BreakKeys => ({
  connection: ({ load, add, erase }) => ({
    load: async (subjects) => {
      const found = await load(subjects.map(change));
      return new Map(
        subjects.flatMap((subject) => {
          const wrapped = found.get(change(subject));
          return wrapped === undefined ? [] : [[subject, wrapped] as const];
        }),
      );
    },
    add: async (wrapped) => {
      const kept = await add(new Map([...wrapped].map(([name, key]) => [change(name), key])));
      return new Map(
        [...wrapped.keys()].flatMap((subject) => {
          const key = kept.get(change(subject));
          return key === undefined ? [] : [[subject, key] as const];
        }),
      );
    },
    erase: (subject) => erase(change(subject)),
  }),
});

/** How values are sealed, and keys made and kept. */
export const keysSealingTwins: readonly KeysTwin[] = [
  {
    broken: 'seals every value as a text',
    sabotage: eachKey(({ seal }) => ({ seal: (plain) => seal(String(plain)) })),
    caughtBy: [OPENED],
  },
  {
    broken: 'cuts long values short',
    sabotage: eachKey(({ seal }) => ({
      seal: (plain) => seal(typeof plain === 'string' ? plain.slice(0, 65_535) : plain),
    })),
    caughtBy: [OPENED],
  },
  {
    broken: 'writes what it seals as base64, which no URL takes',
    sabotage: eachKey(({ seal, open }) => ({
      seal: (plain) => {
        const sealed = seal(plain);
        const $sealed = Buffer.from(sealed.$sealed, 'base64url').toString('base64');
        return { ...sealed, $sealed: `${$sealed}=` };
      },
      open: ({ $sealed, ...sealed }) =>
        open({ ...sealed, $sealed: Buffer.from($sealed, 'base64').toString('base64url') }),
    })),
    caughtBy: [FORM, CHANGED],
  },
  {
    broken: 'uses a nonce again for the same value',
    sabotage: (() => {
      const before = new Map<string, Sealed>();
      return eachKey(({ seal }, subject) => ({
        seal: (plain) => {
          const id = `${subject} ${JSON.stringify(plain)}`;
          const sealed = before.get(id) ?? seal(plain);
          before.set(id, sealed);
          return sealed;
        },
      }));
    })(),
    caughtBy: [DIFFERENT],
  },
  {
    broken: 'opens what was changed as nothing',
    sabotage: eachKey(({ open }) => ({
      open: (sealed) => {
        try {
          return open(sealed);
        } catch {
          return null;
        }
      },
    })),
    caughtBy: [CHANGED, ANOTHER],
  },
  {
    broken: 'forgives what base64url forgives',
    sabotage: eachKey(({ open }) => ({
      open: ({ $sealed, ...sealed }) =>
        open({ ...sealed, $sealed: Buffer.from($sealed, 'base64url').toString('base64url') }),
    })),
    caughtBy: [CHANGED],
  },
  {
    broken: 'takes no notice of whose value it is',
    sabotage: eachKey(({ open }, subject) => ({
      open: (sealed) => open({ ...sealed, $subject: subject }),
    })),
    caughtBy: [ANOTHER],
  },
  {
    broken: 'answers the settings that were proposed instead of those that are kept',
    sabotage: { storage: () => ({ settings: async (proposed) => proposed }) },
    caughtBy: [REOPENED, SAME],
  },
  {
    broken: 'answers the keys that were proposed instead of those that are kept',
    sabotage: {
      storage: ({ add }) => ({
        add: async (wrapped) => {
          const kept = await add(wrapped);
          return new Map([...wrapped].filter(([subject]) => kept.has(subject)));
        },
      }),
    },
    caughtBy: [SAME],
  },
  {
    broken: 'lets the key that was made last stand',
    sabotage: {
      storage: ({ load, add }) => {
        const last = new Map<string, Uint8Array>();
        return {
          load: async (subjects) => {
            const known = await load(subjects);
            return new Map([...known].map(([one, key]) => [one, last.get(one) ?? key]));
          },
          add: async (wrapped) => {
            const known = await add(wrapped);
            for (const [subject, key] of wrapped) if (known.has(subject)) last.set(subject, key);
            return new Map([...wrapped].filter(([subject]) => known.has(subject)));
          },
        };
      },
    },
    caughtBy: [SAME],
  },
  {
    broken: 'hands a key of its own to each who asks while it is being made',
    sabotage: {
      keys: ({ ensure }) => {
        let calls = 0;
        return {
          ensure: async (subjects) => {
            calls += 1;
            const other = (subject: string) => (calls === 1 ? subject : `${subject}/${calls}`);
            const ring = await ensure(subjects.map(other));
            return new Map(
              [...ring].map(([subject, key]) => [subject.split('/')[0] as string, key]),
            );
          },
        };
      },
    },
    caughtBy: [ONCE],
  },
  {
    broken: 'makes keys when it is asked for them',
    sabotage: { keys: ({ ensure }) => ({ fetch: ensure }) },
    caughtBy: [FETCHING],
  },
  {
    broken: 'compares subjects without case',
    sabotage: named((subject) => subject.toLowerCase()),
    caughtBy: [ALIKE],
  },
  {
    broken: 'compares subjects in a normal form of Unicode',
    sabotage: named((subject) => subject.normalize('NFC')),
    caughtBy: [ALIKE],
  },
  {
    broken: 'cuts subjects at a NUL',
    sabotage: named((subject) => subject.split('\0')[0] as string),
    caughtBy: [ALIKE],
  },
  {
    broken: 'keeps keys in memory',
    sabotage: {
      connection: ({ load, add }) => {
        const own = new Set<string>();
        return {
          load: (subjects) => load(subjects.filter((subject) => own.has(subject))),
          add: async (wrapped) => {
            const known = await load([...wrapped.keys()]);
            for (const subject of wrapped.keys()) if (!known.has(subject)) own.add(subject);
            await add(wrapped);
            return load([...own].filter((subject) => wrapped.has(subject)));
          },
        };
      },
    },
    caughtBy: [REOPENED, SAME],
  },
  {
    broken: 'answers that there is no key after it was closed',
    sabotage: {
      keys: ({ fetch }) => ({ fetch: (subjects) => fetch(subjects).catch(() => new Map()) }),
    },
    caughtBy: [CLOSED],
  },
];
