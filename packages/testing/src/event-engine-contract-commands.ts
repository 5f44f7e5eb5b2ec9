import { expect } from 'vitest';
import { appendOf, newEvent, newEvents } from './event-builders.ts';
import { commitOne, type EventEngineCase, receiptOf, store } from './event-engine-contract-case.ts';

/** Command ids and receipts. */
export const commandCases: readonly EventEngineCase[] = [
  {
    name: 'a repeated command changes nothing and is answered with the first receipt',
    run: async ({ engine }) => {
      const request = appendOf(
        [...newEvents('door-1', 2), newEvent('door-2')],
        [{ stream: 'door-1', revision: 'none' }],
        { commandId: 'command-1', fingerprint: 'print-1' },
      );
      const first = await store(engine, request);
      expect(first).toEqual({
        position: 3n,
        revisions: { 'door-1': 1, 'door-2': 0 },
        fingerprint: 'print-1',
      });
      await store(engine, appendOf(newEvents('door-1', 4)));
      expect(await commitOne(engine, request)).toEqual({ kind: 'duplicate', first });
      expect(await engine.head()).toBe(7n);
    },
  },
  {
    name: 'a command id is looked up before any condition',
    run: async ({ engine }) => {
      const conditions = [{ stream: 'door-1', revision: 'none' } as const];
      const command = { commandId: 'command-1' };
      const first = await store(engine, appendOf([newEvent('door-1')], conditions, command));
      const again = appendOf([newEvent('door-7')], [{ stream: 'door-7', revision: 5 }], command);
      expect(await commitOne(engine, again)).toEqual({ kind: 'duplicate', first });
    },
  },
  {
    name: 'the fingerprint of the first command is answered, whatever the second one brings',
    run: async ({ engine }) => {
      const ask = (fingerprint?: string) =>
        appendOf([newEvent('door-1')], [], {
          commandId: 'command-1',
          ...(fingerprint === undefined ? {} : { fingerprint }),
        });
      await store(engine, ask('print-1'));
      for (const request of [ask('print-2'), ask()]) {
        expect(receiptOf(await commitOne(engine, request)).fingerprint).toBe('print-1');
      }
    },
  },
  {
    name: 'a receipt without a fingerprint has no such field',
    run: async ({ engine }) => {
      await store(engine, appendOf([newEvent('door-1')], [], { commandId: 'command-1' }));
      expect(await engine.findCommand('command-1')).toStrictEqual({
        position: 1n,
        revisions: { 'door-1': 0 },
      });
    },
  },
  {
    name: 'a refused command is not remembered and is decided again',
    run: async ({ engine }) => {
      const request = appendOf([newEvent('door-2')], [{ stream: 'door-1', revision: 'some' }], {
        commandId: 'command-1',
      });
      expect((await commitOne(engine, request)).kind).toBe('conflict');
      expect(await engine.findCommand('command-1')).toBeUndefined();
      await store(engine, appendOf([newEvent('door-1')]));
      await store(engine, request);
    },
  },
  {
    name: 'an accepted command is found by its id, another id is not',
    run: async ({ engine }) => {
      await store(
        engine,
        appendOf([newEvent('door-1')], [], { commandId: 'command-1', fingerprint: 'print-1' }),
      );
      expect(await engine.findCommand('command-1')).toEqual({
        position: 1n,
        revisions: { 'door-1': 0 },
        fingerprint: 'print-1',
      });
      expect(await engine.findCommand('command-2')).toBeUndefined();
      expect(await engine.findCommand('COMMAND-1')).toBeUndefined();
    },
  },
  {
    name: 'command ids that look alike are kept apart, and what is no id is not found',
    run: async ({ engine }) => {
      const ids = ['a', 'A', 'á', 'a\u0301', "a'", 'a%', 'a_', 'a ', ' a', '\ufffd', '__proto__'];
      for (const commandId of ids) {
        await store(engine, appendOf([newEvent('door-1')], [], { commandId }));
      }
      for (const [n, id] of ids.entries()) {
        expect((await engine.findCommand(id))?.position).toBe(BigInt(n + 1));
      }
      for (const id of ['', '\ud800', 'a\0', 'a\0b', '\u0001', 'constructor', 'x'.repeat(9_999)]) {
        expect(await engine.findCommand(id)).toBeUndefined();
      }
    },
  },
  {
    name: 'in a batch a duplicate is answered for itself and the others are stored',
    run: async ({ engine }) => {
      const command = { commandId: 'command-1' };
      const first = await store(engine, appendOf([newEvent('door-1')], [], command));
      const results = await engine.commit([
        appendOf([newEvent('door-2')], [], { commandId: 'command-2' }),
        appendOf([newEvent('door-1')], [], command),
        appendOf([newEvent('door-3')], [], { commandId: 'command-3' }),
      ]);
      expect(results).toEqual([
        { kind: 'appended', position: 2n, revisions: { 'door-2': 0 } },
        { kind: 'duplicate', first },
        { kind: 'appended', position: 3n, revisions: { 'door-3': 0 } },
      ]);
    },
  },
  {
    name: 'thousands of commands are all remembered',
    run: async ({ engine }) => {
      const idOf = (n: number) => `command-${(n * 7_919) % 5_003}`;
      for (let from = 0; from < 5_000; from += 500) {
        await engine.commit(
          Array.from({ length: 500 }, (_, n) =>
            appendOf([newEvent(`door-${(from + n) % 7}`)], [], { commandId: idOf(from + n) }),
          ),
        );
      }
      for (const n of [0, 1, 499, 500, 2_500, 4_094, 4_999]) {
        const first = await engine.findCommand(idOf(n));
        expect(first?.position).toBe(BigInt(n + 1));
        expect(first?.revisions).toEqual({ [`door-${n % 7}`]: Math.floor(n / 7) });
      }
      expect(await engine.findCommand(idOf(5_000))).toBeUndefined();
    },
  },
];
