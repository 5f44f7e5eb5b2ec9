/** What one side measured in one round. Names end in their unit. */
export interface Figure {
  /** Events, commands or requests a second. */
  readonly perSecond?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly tookMs?: number;
  readonly residentMb?: number;
  /** Processor time of this side's own process for an event; a busy machine disturbs it less. */
  readonly cpuUs?: number;
  /** Said below the table. */
  readonly note?: string;
}

export type Measure = 'perSecond' | 'p50Ms' | 'p99Ms' | 'tookMs' | 'residentMb' | 'cpuUs';

/** The middle one; `undefined` for none. */
export function median(values: readonly number[]): number | undefined {
  return percentile(values, 0.5);
}

/** The value below which that part of them lies, by nearest rank. */
export function percentile(values: readonly number[], part: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

/**
 * How many times as much ours is as theirs: the middle one of those rounds that both have, because a round of each is
 * measured in the same seconds. `undefined` for none.
 *
 * @example
 * medianRatio([90, 45, 80], [100, 50, 100]); // 0.9, although the machine was half as fast in the second round
 */
export function medianRatio(
  ours: readonly number[],
  theirs: readonly number[],
): number | undefined {
  const both = Math.min(ours.length, theirs.length);
  const ratios = ours.slice(0, both).map((value, round) => value / (theirs[round] as number));
  return median(ratios);
}

/** Values of one measure in those rounds that have it. */
export function valuesOf(figures: readonly Figure[], measure: Measure): readonly number[] {
  return figures.flatMap((figure) => figure[measure] ?? []);
}

/** Runs work that answers how many events it handled, and times it. */
export async function timed(work: () => Promise<number>): Promise<Figure> {
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  const events = await work();
  const tookMs = performance.now() - beganMs;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (events * 1_000) / tookMs, cpuUs: (user + system) / events, tookMs };
}
