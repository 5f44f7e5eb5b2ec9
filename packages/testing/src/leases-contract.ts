import type { Leases } from '@tidemark/core';
import { expect } from 'vitest';
import {
  aborted,
  type LeasesCase,
  type LeasesSubject,
  never,
  startHolder,
} from './leases-contract-case.ts';
import { type Contract, registerContract } from './register-contract.ts';

/** Every promise of the `Leases` port. */
export const leasesCases: readonly LeasesCase[] = [
  {
    name: 'of many that want one name, one works at a time, and each gets its turn',
    run: (subject) => takeTurns([subject.leases, subject.leases, subject.leases]),
  },
  {
    name: 'of many beside each other on one storage, one works at a time, and each gets its turn',
    needs: 'openSecond',
    run: async ({ leases, openSecond }) => {
      const second = await (openSecond as () => Promise<Leases>)();
      await takeTurns([leases, second, leases, second]);
    },
  },
  {
    name: 'who asks while it is held waits until it is released',
    run: async ({ leases, openSecond }) => {
      const first = startHolder(leases, 'relay');
      await first.working;
      const order: string[] = [];
      const second = startHolder((await openSecond?.()) ?? leases, 'relay');
      const began = second.working.then(() => order.push('second works'));
      await leases.hold('other', async () => void order.push('another name is free'), never());
      order.push('first ends');
      first.end();
      await began;
      second.end();
      await Promise.all([first.ended, second.ended]);
      expect(order).toEqual(['another name is free', 'first ends', 'second works']);
    },
  },
  {
    name: 'holding settles as the work does, and a lease whose work failed is free again',
    run: async ({ leases }) => {
      const failing = leases.hold('relay', () => Promise.reject(new Error('the work')), never());
      await expect(failing).rejects.toThrow('the work');
      const worked: string[] = [];
      await leases.hold('relay', async () => void worked.push('again'), never());
      expect(worked).toEqual(['again']);
    },
  },
  {
    name: 'who is stopped while it waits never works, and is not waited for',
    run: async ({ leases }) => {
      const first = startHolder(leases, 'relay');
      await first.working;
      const stop = new AbortController();
      const refuse = () => Promise.reject(new Error('worked'));
      const waiting = leases.hold('relay', refuse, stop.signal);
      const third = startHolder(leases, 'relay');
      stop.abort();
      await waiting;
      await leases.hold('relay', refuse, stop.signal);
      first.end();
      await third.working;
      third.end();
      await Promise.all([first.ended, third.ended]);
    },
  },
  {
    name: 'work is told to end when its holder is stopped, and holds the lease until it has ended',
    run: async ({ leases, giveToTheDead }) => {
      const stop = new AbortController();
      const first = startHolder(leases, 'relay', stop.signal);
      const held = await first.working;
      const second = startHolder(leases, 'relay');
      let handedOn = false;
      const began = second.working.then(() => {
        handedOn = true;
      });
      expect(held.aborted).toBe(false);
      stop.abort();
      expect(held.aborted).toBe(true);
      // Long enough for the second to have asked again.
      await giveToTheDead?.('other');
      await leases.hold('other', async () => undefined, never());
      expect(handedOn).toBe(false);
      first.end();
      await began;
      second.end();
      await Promise.all([first.ended, second.ended]);
    },
  },
  {
    name: 'a lease lasts as long as its holder works, however long that is',
    needs: 'giveToTheDead',
    run: async ({ leases, giveToTheDead }) => {
      const first = startHolder(leases, 'long');
      const held = await first.working;
      const rival = startHolder(leases, 'long');
      const began: string[] = [];
      const took = rival.working.then(() => began.push('the rival works'));
      // The lease of the dead lasts one life; three of them have passed when this is done three times.
      for (const life of ['one', 'two', 'three']) {
        await giveToTheDead?.(life);
        await leases.hold(life, async () => undefined, never());
      }
      expect(held.aborted).toBe(false);
      expect(began).toEqual([]);
      first.end();
      await took;
      rival.end();
      await Promise.all([first.ended, rival.ended]);
    },
  },
  {
    name: 'work is told when its lease was lost',
    needs: 'giveToTheDead',
    run: async ({ leases, giveToTheDead }) => {
      const first = startHolder(leases, 'relay');
      const held = await first.working;
      await giveToTheDead?.('relay');
      await aborted(held);
      first.end();
      await first.ended;
    },
  },
  {
    name: 'the lease of a holder that fell silent is taken over, and not before it expires',
    needs: 'giveToTheDead',
    run: async ({ leases, giveToTheDead }) => {
      await giveToTheDead?.('relay');
      const order: string[] = [];
      const next = leases.hold('relay', async () => void order.push('taken over'), never());
      for (const name of ['one', 'two', 'three', 'four', 'five']) {
        await leases.hold(name, async () => void order.push(name), never());
      }
      await next;
      expect(order).toEqual(['one', 'two', 'three', 'four', 'five', 'taken over']);
    },
  },
  {
    name: 'who loses a lease does not take it from the next holder when its work ends',
    needs: 'giveToTheDead',
    run: async ({ leases, giveToTheDead }) => {
      const first = startHolder(leases, 'relay');
      const lost = await first.working;
      await giveToTheDead?.('relay');
      await aborted(lost);
      const second = startHolder(leases, 'relay');
      const held = await second.working;
      first.end();
      await first.ended;
      const third = startHolder(leases, 'relay');
      const began: string[] = [];
      const took = third.working.then(() => began.push('the third works'));
      await giveToTheDead?.('one');
      await leases.hold('one', async () => undefined, never());
      expect(held.aborted).toBe(false);
      expect(began).toEqual([]);
      second.end();
      await took;
      third.end();
      await Promise.all([second.ended, third.ended]);
    },
  },
  {
    name: 'closing takes the lease from who works, and refuses who waits or comes later',
    run: async ({ leases }) => {
      const first = startHolder(leases, 'relay');
      const held = await first.working;
      const waiting = startHolder(leases, 'relay').ended.catch((error: unknown) => error);
      await leases.close();
      await leases.close();
      expect(held.aborted).toBe(true);
      expect(await waiting).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      first.end();
      await first.ended;
      await expect(startHolder(leases, 'relay').ended).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
    },
  },
];

async function takeTurns(holders: readonly Leases[]): Promise<void> {
  let working = 0;
  const most: number[] = [];
  const turnOf = (leases: Leases, n: number) => async () => {
    working += 1;
    most.push(working);
    // Asks the storage, so that two who work at a time are seen.
    await leases.hold(`inside-${n}`, async () => undefined, never());
    working -= 1;
  };
  await Promise.all(holders.map((leases, n) => leases.hold('relay', turnOf(leases, n), never())));
  expect(most).toEqual(holders.map(() => 1));
}

/**
 * Registers the contract of leases as Vitest tests. Some cases wait for a lease to expire: give leases a life of
 * some 100 ms, or a clock that is moved on.
 *
 * @example
 * leasesContract({ name: 'memory', open: async () => ({ leases, close: leases.close }) });
 */
export function leasesContract(contract: Contract<LeasesSubject>): void {
  registerContract('leases', leasesCases, contract);
}
