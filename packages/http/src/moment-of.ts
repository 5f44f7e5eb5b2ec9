import type { Moment } from '@tidemark/runtime';

/**
 * The moment that an `asOf` parameter names: digits are a position, everything else is a time. The contract has
 * checked that it is one or the other.
 *
 * @example
 * const { state } = await loadAsOf(parts, id, momentOf(query.asOf));
 */
export function momentOf(asOf: string): Moment {
  return /^[0-9]+$/.test(asOf) ? { position: BigInt(asOf) } : { time: asOf };
}
