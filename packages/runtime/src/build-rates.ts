import type { Clock, StoredBuild } from '@tidemark/core';

/** How fast builds get on, and what keeps them from it, as this process has seen. */
export interface BuildRates {
  /** Told of each look at what is stored. */
  readonly look: (builds: readonly StoredBuild[]) => void;
  /** Events a second, over the last 10 s or so; `undefined` before it was looked at for a second. */
  readonly perSecond: (which: Pick<StoredBuild, 'version' | 'build'>) => number | undefined;
}

/** Why a build does not get on. */
export interface BuildFailures {
  /** `checkpoint`: where the build stood. */
  readonly note: (build: number, error: string, checkpoint: bigint) => void;
  /** The last one, unless the build has come further since. */
  readonly of: (build: Pick<StoredBuild, 'build' | 'checkpoint'>) => string | undefined;
}

interface Sample {
  readonly atMs: number;
  readonly checkpoint: bigint;
}

const OVER_MS = 10_000;
const AT_LEAST_MS = 1_000;

export function createBuildRates(clock: Pick<Clock, 'now'>): BuildRates {
  const samples = new Map<string, Sample[]>();
  return {
    look: (builds) => {
      const ids = new Set(builds.map(idOf));
      for (const id of samples.keys()) if (!ids.has(id)) samples.delete(id);
      const atMs = clock.now();
      for (const build of builds) {
        const before = samples.get(idOf(build)) ?? [];
        // One from before the span is kept, so that a slow look still has something to count from.
        const first = before.findLastIndex((one) => atMs - one.atMs >= OVER_MS);
        const kept = before.slice(Math.max(0, first));
        samples.set(idOf(build), [...kept, { atMs, checkpoint: build.checkpoint }]);
      }
    },
    perSecond: (which) => {
      const seen = samples.get(idOf(which)) ?? [];
      const [first, last] = [seen[0], seen.at(-1)];
      if (first === undefined || last === undefined) return undefined;
      if (last.atMs - first.atMs < AT_LEAST_MS) return undefined;
      const events = Number(last.checkpoint - first.checkpoint);
      return Math.max(0, (events * 1_000) / (last.atMs - first.atMs));
    },
  };
}

export function createBuildFailures(): BuildFailures {
  const failures = new Map<number, { readonly error: string; readonly checkpoint: bigint }>();
  return {
    note: (build, error, checkpoint) => {
      failures.set(build, { error, checkpoint });
    },
    of: ({ build, checkpoint }) => {
      const failed = failures.get(build);
      return failed === undefined || checkpoint > failed.checkpoint ? undefined : failed.error;
    },
  };
}

function idOf({ version, build }: Pick<StoredBuild, 'version' | 'build'>): string {
  return `${version}.${build}`;
}
