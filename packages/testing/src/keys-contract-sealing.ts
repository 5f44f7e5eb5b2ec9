import { isSealed, type Keys } from '@tidemark/core';
import { expect } from 'vitest';
import { ensureOne, fetchOne, type KeysCase } from './keys-contract-case.ts';

const VALUES: readonly unknown[] = [
  'Ada Lovelace',
  '',
  'name with "quotes", \u0000 and \u{1f600}',
  0,
  -1.5,
  true,
  null,
  { street: 'Main Street', lines: [1, 'two', null, { deep: true }] },
  'x'.repeat(100_000),
];
const FORM = { version: 1, bytesBeside: 1 + 12 + 16 };

export const keysSealingCases: readonly KeysCase[] = [
  {
    name: 'what was sealed is opened by the key fetched later',
    run: async ({ keys }) => {
      const key = await ensureOne(keys, 'person-1');
      for (const value of VALUES) {
        const sealed = key.seal(value);
        expect(isSealed(JSON.parse(JSON.stringify(sealed)))).toBe(true);
        expect(sealed.$subject).toBe('person-1');
        expect((await fetchOne(keys, 'person-1')).open(sealed)).toEqual(value);
      }
    },
  },
  {
    name: 'the sealed form is base64url of version, nonce, ciphertext and tag',
    run: async ({ keys }) => {
      const { $sealed } = (await ensureOne(keys, 'person-1')).seal('Ada');
      const bytes = Buffer.from($sealed, 'base64url');
      expect(bytes.toString('base64url')).toBe($sealed);
      expect(bytes[0]).toBe(FORM.version);
      expect(bytes).toHaveLength(FORM.bytesBeside + '"Ada"'.length);
    },
  },
  {
    name: 'the same value sealed twice gives different ciphertexts, without the value in them',
    run: async ({ keys }) => {
      const key = await ensureOne(keys, 'person-1');
      const sealed = Array.from({ length: 50 }, () => key.seal('Ada Lovelace').$sealed);
      expect(new Set(sealed).size).toBe(50);
      for (const text of sealed) {
        expect(Buffer.from(text, 'base64url').includes('Lovelace')).toBe(false);
      }
    },
  },
  {
    name: 'a sealed value that was changed anywhere is a fault, never data',
    run: async ({ keys }) => {
      const key = await ensureOne(keys, 'person-1');
      const sealed = key.seal('Ada');
      const bytes = Buffer.from(sealed.$sealed, 'base64url');
      const changed = [...bytes.keys()].map((at) => {
        const copy = Buffer.from(bytes);
        copy[at] = (copy[at] ?? 0) ^ 1;
        return copy.toString('base64url');
      });
      const cut = [1, 5, bytes.length - 1].map((end) =>
        bytes.subarray(0, end).toString('base64url'),
      );
      for (const $sealed of [...changed, ...cut, '', `${sealed.$sealed}A`, `${sealed.$sealed}=`]) {
        const open = () => key.open({ ...sealed, $sealed });
        expect(open).toThrow(expect.objectContaining({ code: 'LOG_CORRUPT' }));
      }
      expect(key.open(sealed)).toBe('Ada');
    },
  },
  {
    name: 'the key of one subject does not open what belongs to another',
    run: async ({ keys }) => {
      const [one, other] = [await ensureOne(keys, 'person-1'), await ensureOne(keys, 'person-2')];
      const sealed = one.seal('Ada');
      const corrupt = expect.objectContaining({ code: 'LOG_CORRUPT' });
      expect(() => other.open(sealed)).toThrow(corrupt);
      expect(() => other.open({ ...sealed, $subject: 'person-2' })).toThrow(corrupt);
      expect(() => one.open({ ...sealed, $subject: 'person-2' })).toThrow(corrupt);
    },
  },
  {
    name: 'a key is made once, however many ask for it at the same time',
    run: async ({ keys }) => {
      const rings = await Promise.all(
        Array.from({ length: 100 }, (_, n) => keys.ensure([`person-${n % 10}`, 'person-all'])),
      );
      const sealed = rings.map((ring) => ring.get('person-all')?.seal('Ada'));
      const key = await fetchOne(keys, 'person-all');
      for (const one of sealed) expect(key.open(one ?? key.seal('none'))).toBe('Ada');
      expect((await keys.fetch(Array.from({ length: 20 }, (_, n) => `person-${n}`))).size).toBe(10);
    },
  },
  {
    name: 'fetching makes no key, and answers only those that exist',
    run: async ({ keys }) => {
      await ensureOne(keys, 'person-1');
      expect([...(await keys.fetch(['person-2', 'person-1', 'person-1'])).keys()]).toEqual([
        'person-1',
      ]);
      expect((await keys.fetch(['person-2'])).size).toBe(0);
      expect((await keys.fetch([])).size).toBe(0);
    },
  },
  {
    name: 'subjects that look alike have keys of their own',
    run: async ({ keys }) => {
      const alike = ['a', 'A', 'a ', 'á', 'a\u0301', 'a\0', 'a\0b', 'a\u0001', "a'"];
      const ring = await keys.ensure(alike);
      const sealed = alike.map((subject) => ring.get(subject)?.seal(subject).$sealed);
      await keys.erase('a\0');
      const left = await keys.fetch(alike);
      expect([...left.keys()]).toEqual(alike.filter((subject) => subject !== 'a\0'));
      for (const [n, $subject] of alike.entries()) {
        const opened = left.get($subject)?.open({ $subject, $sealed: String(sealed[n]) });
        expect(opened).toBe($subject === 'a\0' ? undefined : $subject);
      }
    },
  },
  {
    name: 'keys are there after opening again',
    needs: 'reopen',
    run: async ({ keys, reopen }) => {
      const sealed = (await ensureOne(keys, 'person-1')).seal('Ada');
      const again = await (reopen as () => Promise<Keys>)();
      expect((await fetchOne(again, 'person-1')).open(sealed)).toBe('Ada');
      expect((await ensureOne(again, 'person-1')).open(sealed)).toBe('Ada');
    },
  },
  {
    name: 'two that make keys for the same subjects end with the same keys',
    needs: 'openSecond',
    run: async ({ keys, openSecond }) => {
      const second = await (openSecond as () => Promise<Keys>)();
      const subjects = Array.from({ length: 20 }, (_, n) => `person-${n}`);
      const [one, other] = await Promise.all([keys.ensure(subjects), second.ensure(subjects)]);
      for (const subject of subjects) {
        const sealed = one.get(subject)?.seal(subject);
        expect(sealed && other.get(subject)?.open(sealed)).toBe(subject);
      }
    },
  },
  {
    name: 'after closing, every call is a fault',
    run: async ({ keys }) => {
      await ensureOne(keys, 'person-1');
      await keys.close();
      const unavailable = { code: 'KEYS_UNAVAILABLE' };
      await expect(keys.ensure(['person-1'])).rejects.toMatchObject(unavailable);
      await expect(keys.fetch(['person-1'])).rejects.toMatchObject(unavailable);
      await expect(keys.erase('person-1')).rejects.toMatchObject(unavailable);
    },
  },
];
