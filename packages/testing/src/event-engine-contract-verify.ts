import type { EventEngine, StoreCheck } from '@tidemark/core';
import { expect } from 'vitest';
import { appendOf, newEvents } from './event-builders.ts';
import { type EventEngineCase, required, store } from './event-engine-contract-case.ts';

/** What an engine finds that verifies its store. */
export const verifyCases: readonly EventEngineCase[] = [
  {
    name: 'verifying a sound log finds nothing wrong, be it empty or written to meanwhile',
    needs: 'verifies',
    run: async ({ engine }) => {
      expect(unsound(await verify(engine))).toEqual([]);
      await store(engine, appendOf(newEvents('door-1', 3)));
      const [checks] = await Promise.all([
        verify(engine),
        store(engine, appendOf([...newEvents('door-1', 2), ...newEvents('door-2', 2)])),
      ]);
      expect(unsound(checks)).toEqual([]);
      expect(checks.length).toBeGreaterThan(0);
      for (const { check, detail } of checks) expect(`${check}: ${detail}`).not.toContain('\n');
    },
  },
  {
    name: 'verifying finds that an event is missing, and says it',
    needs: ['verifies', 'damage'],
    run: async ({ engine, damage }) => {
      await store(engine, appendOf(newEvents('door-1', 3)));
      await store(engine, appendOf(newEvents('door-2', 3)));
      await required(damage)(2n, 'lost');
      expect(unsound(await verify(engine))).not.toEqual([]);
    },
  },
  {
    name: 'verifying ends with the reason of its signal',
    needs: 'verifies',
    run: async ({ engine }) => {
      await store(engine, appendOf(newEvents('door-1', 3)));
      const reason = new Error('enough');
      await expect(verify(engine, AbortSignal.abort(reason))).rejects.toBe(reason);
      const stop = new AbortController();
      const verifying = verify(engine, stop.signal);
      stop.abort(reason);
      await expect(verifying).rejects.toBe(reason);
    },
  },
];

function verify(
  engine: EventEngine,
  signal = new AbortController().signal,
): Promise<readonly StoreCheck[]> {
  return required(engine.verify)(signal);
}

function unsound(checks: readonly StoreCheck[]): readonly string[] {
  return checks.filter(({ isSound }) => !isSound).map(({ check }) => check);
}
