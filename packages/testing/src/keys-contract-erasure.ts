import { ERASED, type Keys, openSealed } from '@tidemark/core';
import { expect } from 'vitest';
import { ensureOne, fetchOne, type KeysCase } from './keys-contract-case.ts';

export const keysErasureCases: readonly KeysCase[] = [
  {
    name: 'an erased subject has no key, and what it sealed is unreadable',
    run: async ({ keys }) => {
      const row = { name: (await ensureOne(keys, 'person-1')).seal('Ada'), seat: '4A' };
      await keys.erase('person-1');
      const ring = await keys.fetch(['person-1']);
      expect(ring.size).toBe(0);
      expect(openSealed(row, ring)).toEqual({ name: ERASED, seat: '4A' });
    },
  },
  {
    name: 'an erased subject never gets a key again',
    run: async ({ keys }) => {
      await ensureOne(keys, 'person-1');
      await keys.erase('person-1');
      expect([...(await keys.ensure(['person-1', 'person-2'])).keys()]).toEqual(['person-2']);
      expect((await keys.fetch(['person-1'])).size).toBe(0);
    },
  },
  {
    name: 'a subject can be erased before it has a key',
    run: async ({ keys }) => {
      await keys.erase('person-1');
      expect((await keys.ensure(['person-1'])).size).toBe(0);
    },
  },
  {
    name: 'erasing tells whether there was a key, none any more, or never one',
    run: async ({ keys }) => {
      await ensureOne(keys, 'person-1');
      expect(await keys.erase('person-1')).toBe('erased');
      expect(await keys.erase('person-1')).toBe('erased-before');
      expect(await keys.erase('person-2')).toBe('never-seen');
      expect(await keys.erase('person-2')).toBe('erased-before');
    },
  },
  {
    name: 'erasing again changes nothing',
    run: async ({ keys }) => {
      await ensureOne(keys, 'person-1');
      await keys.erase('person-1');
      await keys.erase('person-1');
      expect((await keys.ensure(['person-1'])).size).toBe(0);
    },
  },
  {
    name: 'erasing one subject leaves the others readable',
    run: async ({ keys }) => {
      const subjects = Array.from({ length: 30 }, (_, n) => `person-${n}`);
      const ring = await keys.ensure(subjects);
      const sealed = subjects.map((subject) => ring.get(subject)?.seal(subject));
      for (const subject of subjects.slice(0, 15)) await keys.erase(subject);
      for (const [n, subject] of subjects.entries()) {
        const key = (await keys.fetch([subject])).get(subject);
        const one = sealed[n];
        expect(one && key?.open(one)).toBe(n < 15 ? undefined : subject);
      }
    },
  },
  {
    name: 'an erasure wins over whoever asks for the key meanwhile',
    run: async ({ keys }) => {
      const subjects = Array.from({ length: 40 }, (_, n) => `person-${n}`);
      await Promise.all(
        subjects.flatMap((subject, n) => [
          keys.ensure([subject]),
          // Some before the key is being made, some while it is, some after.
          turns(n % 5).then(() => keys.erase(subject)),
          keys.ensure([subject]),
        ]),
      );
      expect((await keys.fetch(subjects)).size).toBe(0);
      expect((await keys.ensure(subjects)).size).toBe(0);
    },
  },
  {
    name: 'an erased subject stays erased after opening again',
    needs: 'reopen',
    run: async ({ keys, reopen }) => {
      await keys.ensure(['person-1', 'person-2']);
      await keys.erase('person-1');
      const again = await (reopen as () => Promise<Keys>)();
      expect([...(await again.ensure(['person-1', 'person-2'])).keys()]).toEqual(['person-2']);
    },
  },
  {
    name: 'what one erases, another that has used the key before stops using with its next call',
    needs: 'openSecond',
    run: async ({ keys, openSecond }) => {
      const second = await (openSecond as () => Promise<Keys>)();
      for (const subject of ['person-1', 'person-2', 'person-3']) {
        const sealed = (await ensureOne(keys, subject)).seal('Ada');
        expect((await fetchOne(second, subject)).open(sealed)).toBe('Ada');
        await keys.erase(subject);
        expect((await second.fetch([subject])).size).toBe(0);
        expect((await second.ensure([subject])).size).toBe(0);
      }
    },
  },
];

/** Lets others act for that many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((next) => setImmediate(next));
}
