import { type Keys, type Message, subjectsIn } from '@tidemark/core';
import { differenceOf, type IsGone } from './compare-rows.ts';
import type { BuildComparison, BuildDifference } from './rebuild.ts';
import { type PairParts, type RangeOfRows, scanPair } from './scanned-pair.ts';

/** A comparison on its way: what it has found, and behind which key it goes on. */
export interface ComparisonNote extends BuildComparison {
  readonly after?: string;
}

export const COMPARISON_BEGUN: ComparisonNote = {
  isDone: false,
  rowsCompared: 0,
  rowsDiffering: 0,
};

export function writeNote(note: ComparisonNote): string {
  return JSON.stringify(note);
}

export function readNote(stored: string | undefined): ComparisonNote | undefined {
  return stored === undefined ? undefined : (JSON.parse(stored) as ComparisonNote);
}

/*
 * Decision: rows are compared range by range while both builds go on, each range at a position of its own.
 *
 * Why: holding the build in force still would make queries wait for as long as the comparison takes, and one snapshot
 * of both tables would have to stay open as long. A row that is equal in both at one position stays equal, because both
 * are folded on by the same code from the same events; and a key that neither has is begun by both from nothing.
 */

/** Compares the next range. `one` is the build in force, `other` the new one. Answers `apart` when one is too far behind. */
export async function compareOn<Event extends Message, Row extends object>(
  parts: PairParts<Event, Row> & { readonly keys: Pick<Keys, 'fetch'> | undefined },
  note: ComparisonNote,
): Promise<ComparisonNote | 'apart'> {
  const pair = await scanPair(parts, note.after);
  if (pair === 'apart') return pair;
  const { one, other, last } = pair;
  const keys = [
    ...new Set([one.rows, other.rows, one.parked, other.parked].flatMap((map) => [...map.keys()])),
  ].sort(byBytes);
  const isGone = await goneAmong(suspectsOf(keys, one, other), parts.keys);
  const differences = keys
    .map((key) => compareKey(key, { one, other, isGone }))
    .filter((difference) => difference !== undefined);
  const { firstDifference = differences[0] } = note;
  return {
    isDone: last === undefined,
    rowsCompared: note.rowsCompared + keys.length,
    rowsDiffering: note.rowsDiffering + differences.length,
    ...(firstDifference !== undefined && { firstDifference }),
    ...(last !== undefined && { after: last }),
  };
}

function compareKey<Row>(
  key: string,
  {
    one,
    other,
    isGone,
  }: {
    readonly one: RangeOfRows<Row>;
    readonly other: RangeOfRows<Row>;
    readonly isGone: IsGone;
  },
): BuildDifference | undefined {
  if (one.parked.get(key)?.position !== other.parked.get(key)?.position) {
    return { key, kind: 'parked' };
  }
  const [before, now] = [one.rows.get(key), other.rows.get(key)];
  if (before === undefined || now === undefined) {
    if (before === now) return undefined;
    return { key, kind: now === undefined ? 'missing' : 'added' };
  }
  const field = differenceOf(before, now, isGone);
  return field === undefined ? undefined : { key, kind: 'changed', field };
}

/** Subjects in rows that are not the same as they stand: nearly always none. */
function suspectsOf<Row>(
  keys: readonly string[],
  one: RangeOfRows<Row>,
  other: RangeOfRows<Row>,
): ReadonlySet<string> {
  const subjects = new Set<string>();
  for (const key of keys) {
    const [before, now] = [one.rows.get(key), other.rows.get(key)];
    if (before === undefined || now === undefined) continue;
    if (differenceOf(before, now, () => false) === undefined) continue;
    subjectsIn(before, subjects);
    subjectsIn(now, subjects);
  }
  return subjects;
}

async function goneAmong(
  subjects: ReadonlySet<string>,
  keys: Pick<Keys, 'fetch'> | undefined,
): Promise<IsGone> {
  if (subjects.size === 0 || keys === undefined) return () => false;
  const ring = await keys.fetch([...subjects]);
  return (subject) => !ring.has(subject);
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
