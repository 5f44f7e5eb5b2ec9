import {
  type ReadModelEngine,
  type ReadModelShape,
  type ReadModelTable,
  type Scalar,
  WHOLE,
} from '@tidemark/core';
import { expect } from 'vitest';
import type { ContractCase } from './register-contract.ts';

/** A fresh, empty place for read models, opened for one case. */
export interface ReadModelSubject {
  readonly readModels: ReadModelEngine;
  /** Closes the engine and opens another on the same storage. */
  readonly reopen?: () => Promise<ReadModelEngine>;
  /** Opens another engine on the same storage, beside the first. `close` closes it too. */
  readonly openSecond?: () => Promise<ReadModelEngine>;
  /** Set where tables have `parking`. */
  readonly parking?: true;
  /** Set where tables have `slicing`. */
  readonly slicing?: true;
  /** Set where the engine has `builds`, and its tables `scan`. */
  readonly builds?: true;
  /** Set where the engine has `snapshots`. */
  readonly snapshots?: true;
  /** Closes all and removes the storage. */
  readonly close: () => Promise<void>;
}

export type ReadModelCase = ContractCase<ReadModelSubject>;

/** A row that holds a bit of everything. */
export interface TestRow {
  readonly id: string;
  readonly colour?: Scalar;
  readonly size?: Scalar;
  readonly note?: unknown;
}

export const TEST_SHAPE: ReadModelShape<TestRow> = {
  name: 'test-rows',
  version: 1,
  indexes: { by_size: ['size'], by_colour: ['colour', 'size'], by_colour_only: ['colour'] },
};

/** Opens the table of the tests, with changes to its shape if given; of one build of it, if given. */
export function openTable(
  engine: ReadModelEngine,
  changes: Partial<ReadModelShape<TestRow>> = {},
  build?: number,
): Promise<ReadModelTable<TestRow>> {
  return engine.open({ ...TEST_SHAPE, ...changes }, build);
}

/** Rows by their `id`. */
export function rowsOf(...rows: readonly TestRow[]): ReadonlyMap<string, TestRow> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** Applies rows (`undefined` deletes) from wherever the whole stands to the next position, and expects to be applied. */
export async function put(
  table: ReadModelTable<TestRow>,
  rows: ReadonlyMap<string, TestRow | undefined>,
): Promise<void> {
  const from = await table.checkpoint(WHOLE);
  expect(await table.apply({ slice: WHOLE, from, to: from + 1n, rows })).toBe('applied');
}

/** The ids in the order found. */
export function idsOf(page: { readonly items: readonly TestRow[] }): readonly string[] {
  return page.items.map(({ id }) => id);
}
