import type { ParkedChange, ParkedRow, ReadModelTable } from '@tidemark/core';
import { weighAlike } from './weigh.ts';

/** Rows and parked keys as the steps of a slice found and left them. */
export interface KnownRows<Row extends object> {
  /** Loads what is not known of these keys. */
  readonly load: (keys: Iterable<string>) => Promise<void>;
  /** What was loaded or learnt of a key; `undefined` when nothing was. */
  readonly find: (key: string) => KnownRow<Row> | undefined;
  /** Takes over what a step stores. Until the next is learnt, that stays known: it may still be on its way to the table. */
  readonly learn: (step: StoredStep<Row>) => void;
  /** To be called whenever the table may have been changed by anything but a step that was learnt. */
  readonly forget: () => void;
}

interface StoredStep<Row> {
  /** `undefined` deletes. */
  readonly rows: ReadonlyMap<string, Row | undefined>;
  readonly parked: readonly ParkedChange[];
}

/** `undefined` for what there is none of. */
export interface KnownRow<Row> {
  readonly row: Row | undefined;
  readonly parked: ParkedRow | undefined;
}

type Known<Row> = { -readonly [Field in keyof KnownRow<Row>]: KnownRow<Row>[Field] };

/** Some megabytes; keys that change often stay known between steps. */
const MOST_KEYS = 10_000;
/** Characters of JSON, about: what rows may hold that are kept in memory, and those of one step before it ends with its page. */
export const MOST_WEIGHT = 16_000_000;

/*
 * Decision: a row that a step has stored is not loaded again for the next one.
 *
 * Why it holds: whoever else changes rows moves the checkpoint or what is parked, and the next step then finds itself
 * overtaken, changes nothing, and what was known is forgotten. So a row is as good as the checkpoint from which its step begins.
 */

/** Knows nothing yet, and again only what a step stored after one that leaves it with more than `MOST_KEYS`, or `MOST_WEIGHT`. */
export function createKnownRows<Row extends object>({
  load,
  parking,
}: Pick<ReadModelTable<Row>, 'load' | 'parking'>): KnownRows<Row> {
  const known = new Map<string, Known<Row>>();
  return {
    load: async (asked) => {
      const missing = new Set<string>();
      for (const key of asked) if (!known.has(key)) missing.add(key);
      if (missing.size === 0) return;
      const keys = [...missing];
      // Parked keys first: one that goes on after this look is then still passed over, and the step is overtaken.
      // The other way round, an old row could be taken for the row of a key that is not parked.
      const parked = await parking?.load(keys);
      const rows = await load(keys);
      for (const key of keys) known.set(key, { row: rows.get(key), parked: parked?.get(key) });
    },
    find: (key) => known.get(key),
    learn: ({ rows, parked }) => {
      const touched = new Map<string, Known<Row>>();
      const take = (key: string): Known<Row> | undefined => {
        const found = known.get(key);
        if (found !== undefined) touched.set(key, found);
        return found;
      };
      for (const [key, row] of rows) {
        const found = take(key);
        if (found !== undefined) found.row = row;
      }
      for (const { key, becomes } of parked) {
        const found = take(key);
        if (found !== undefined) found.parked = becomes;
      }
      if (known.size <= MOST_KEYS && weighAlike(known) <= MOST_WEIGHT) return;
      known.clear();
      for (const [key, found] of touched) known.set(key, found);
    },
    forget: () => known.clear(),
  };
}
