/** Numbers that look random and are the same again for the same seed. */
export interface Random {
  /** A whole number from `from` to `upTo`, both included. */
  readonly whole: (from: number, upTo: number) => number;
  /** True in that share of cases, 0 to 1. */
  readonly chance: (share: number) => boolean;
  /** One of them; there is at least one. */
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** At most so many of them, none twice, in their order. */
  readonly some: <Item>(items: readonly Item[], atMost: number) => readonly Item[];
}

const SEEDS = 2 ** 31;

/**
 * Random numbers from a seed. Source of the generator: mulberry32 (T. Ettinger), public domain.
 *
 * @example
 * createRandom(7).whole(1, 6);
 */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (from: number, upTo: number) => from + Math.floor(next() * (upTo - from + 1));
  const pick = <Item>(items: readonly Item[]): Item => items[whole(0, items.length - 1)] as Item;
  return {
    whole,
    chance: (share) => next() < share,
    pick,
    some: (items, atMost) => {
      const wanted = whole(0, atMost);
      const places = new Set(Array.from({ length: wanted }, () => whole(0, items.length - 1)));
      return items.filter((_, place) => places.has(place));
    },
  };
}

/**
 * The seeds of one run: the one in the environment's `SEED`, else `count` new ones (or as many as the
 * environment's `MODEL_SEEDS` says). Put them into the test's name, so that a failure can be repeated.
 *
 * @example
 * test.each(modelSeeds(20))('answers as memory does (SEED=%i)', async (seed) => { ... });
 */
export function modelSeeds(count: number): readonly number[] {
  const given = process.env.SEED;
  if (given !== undefined) return [Number(given)];
  const wanted = Number(process.env.MODEL_SEEDS ?? count);
  return Array.from({ length: wanted }, () => Math.floor(Math.random() * SEEDS));
}
