import type { ErasedList, ListMark } from '@tidemark/core';
import { expect } from 'vitest';
import type { KeysCase, KeysSubject } from './keys-contract-case.ts';

/** A list in memory; closing it does nothing, so that it can be opened again. */
function createList(...subjects: readonly string[]): ErasedList & { readonly all: () => string[] } {
  const erased: ListMark[] = [];
  const add = (subject: string): void => {
    if (erased.some((one) => one.subject === subject)) return;
    erased.push({ position: BigInt(erased.length + 1), subject });
  };
  subjects.forEach(add);
  return {
    all: () => erased.map(({ subject }) => subject),
    add: async (added) => added.forEach(add),
    read: async (after, limit) => {
      const page = erased.slice(Number(after), Number(after) + limit);
      return { erased: page, scannedTo: page.at(-1)?.position ?? after };
    },
    close: async () => {},
  };
}

function opener({ openWithList }: KeysSubject) {
  return openWithList as NonNullable<KeysSubject['openWithList']>;
}

export const keysListCases: readonly KeysCase[] = [
  {
    name: 'who stands in the list of erased subjects has no key and never gets one',
    needs: 'openWithList',
    run: async (subject) => {
      await subject.keys.ensure(['person-1', 'person-2']);
      const list = createList('person-1', 'person-3');
      const opened = await opener(subject)(list);
      expect([...(await opened.fetch(['person-1', 'person-2'])).keys()]).toEqual(['person-2']);
      const asked = ['person-1', 'person-2', 'person-3', 'person-4'];
      expect([...(await opened.ensure(asked)).keys()].sort()).toEqual(['person-2', 'person-4']);
      // Whoever has the place open already is told, too.
      expect((await subject.keys.fetch(['person-1'])).size).toBe(0);
    },
  },
  {
    name: 'what was added to the list since is carried over at the next opening',
    needs: 'openWithList',
    run: async (subject) => {
      const subjects = Array.from({ length: 2_500 }, (_, n) => `person-${n}`);
      const list = createList(...subjects.slice(0, 10));
      await (await opener(subject)(list)).close();
      await subject.keys.ensure(subjects.slice(10));
      await list.add(subjects.slice(0, 2_400));
      const opened = await opener(subject)(list);
      expect([...(await opened.fetch(subjects)).keys()].sort()).toEqual(
        subjects.slice(2_400).sort(),
      );
    },
  },
  {
    name: 'an erasure stands in the list',
    needs: 'openWithList',
    run: async (subject) => {
      const list = createList();
      const opened = await opener(subject)(list);
      await opened.ensure(['person-1']);
      expect(await opened.erase('person-1')).toBe('erased');
      expect(await opened.erase('person-1')).toBe('erased-before');
      expect(list.all()).toEqual(['person-1']);
    },
  },
  {
    name: 'a list that is new, or older than before, learns who was erased',
    needs: 'openWithList',
    run: async (subject) => {
      const known = Array.from({ length: 1_200 }, (_, n) => `person-${n}`);
      await (await opener(subject)(createList(...known))).close();
      await subject.keys.erase('person-a');
      await subject.keys.ensure(['person-b', 'person-c']);
      const other = createList('person-b');
      const opened = await opener(subject)(other);
      expect(other.all().sort()).toEqual([...known, 'person-a', 'person-b'].sort());
      expect([...(await opened.fetch(['person-b', 'person-c'])).keys()]).toEqual(['person-c']);
    },
  },
];
