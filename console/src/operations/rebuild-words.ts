import { counted } from '../ui/format.ts';
import type { RebuildStatus } from './types.ts';

const MINUTE_S = 60;
const HOUR_S = 3_600;

/** A span of time for people: `about 3 minutes`. */
export function about(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < MINUTE_S) return `about ${counted(Math.max(seconds, 1), 'second')}`;
  if (seconds < HOUR_S) return `about ${counted(Math.round(seconds / MINUTE_S), 'minute')}`;
  return `about ${counted(Math.round(seconds / HOUR_S), 'hour')}`;
}

/** How far a new build is, how fast, and for how long still. */
export function progressText(progress: NonNullable<RebuildStatus['progress']>): string {
  const { eventsDone, eventsTotal, eventsPerSecond, leftMs } = progress;
  const far = `${grouped(eventsDone)} of ${grouped(eventsTotal)} events`;
  if (leftMs === 0) return `${far}, caught up`;
  const rate = `${grouped(Math.round(eventsPerSecond))} a second`;
  return `${far}, ${rate}${leftMs === undefined ? '' : `, ${about(leftMs)} left`}`;
}

type Comparison = NonNullable<RebuildStatus['comparison']>;

/** What a comparison has found. */
export function comparisonText({ isDone, rowsCompared, rowsDiffering }: Comparison): string {
  const compared = counted(rowsCompared, 'row');
  if (!isDone) return `Comparing: ${compared} so far, ${rowsDiffering} differ.`;
  if (rowsDiffering === 0) return `Compared ${compared}: the new build is the same.`;
  return `Compared ${compared}: ${rowsDiffering} ${rowsDiffering === 1 ? 'differs' : 'differ'}.`;
}

const KINDS: Readonly<Record<string, string>> = {
  missing: 'it is missing in the new build',
  added: 'it is only in the new build',
  parked: 'it is parked in one of them',
};

/** Which row differs first, and in what. */
export function differenceText(first: NonNullable<Comparison['firstDifference']>): string {
  const { kind, field } = first;
  if (kind !== 'changed') return KINDS[kind] ?? kind;
  return field === undefined || field === ''
    ? 'its value is another one'
    : `its field “${field}” is another one`;
}

function grouped(count: string | number): string {
  return BigInt(count).toLocaleString();
}
