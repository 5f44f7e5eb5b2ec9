import type { ReadModelEngine } from '@tidemark/core';
import { expect } from 'vitest';
import type { ReadModelCase } from './read-model-contract-case.ts';

export const readModelCheckpointCases: readonly ReadModelCase[] = [
  {
    name: 'a named reader that was never seen stands at 0',
    run: async ({ readModels }) => {
      expect(await readModels.checkpoints.load('group/flights')).toBe(0n);
    },
  },
  {
    name: 'named readers stand where they were saved last, each for itself, also further back',
    run: async ({ readModels: { checkpoints } }) => {
      await checkpoints.save('group/flights', 9n);
      await checkpoints.save('group/Flights', 2n ** 60n + 1n);
      await checkpoints.save('group/flights', 4n);
      expect(await checkpoints.load('group/flights')).toBe(4n);
      expect(await checkpoints.load('group/Flights')).toBe(2n ** 60n + 1n);
    },
  },
  {
    name: 'named readers stand where they were after opening again',
    needs: 'reopen',
    run: async ({ readModels, reopen }) => {
      await readModels.checkpoints.save('group/flights', 9n);
      const again = await (reopen as () => Promise<ReadModelEngine>)();
      expect(await again.checkpoints.load('group/flights')).toBe(9n);
    },
  },
];
