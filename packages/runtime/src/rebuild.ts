import { Fault } from '@tidemark/core';

/**
 * Makes the rows of a read model anew from the log, while the ones in use go on answering: `start`, look at `status`
 * until it is `ready`, `switch`, and `drop` once content. Any process of the service may be asked; those that run the
 * read model do the work, and go on with it after a restart. Every method throws CAPABILITY_MISSING where the engine
 * keeps one build only, and STORE_UNAVAILABLE.
 *
 * @example
 * await readModel.rebuild.start();
 * const { state, progress, comparison } = await readModel.rebuild.status();
 */
export interface Rebuild {
  readonly status: () => Promise<RebuildStatus>;
  /** Begins a build beside the one in force, from the first event on. Of two at once, one is refused. */
  readonly start: () => Promise<'done' | RebuildRefusal>;
  /** Compares the two builds once more, from the first row on. */
  readonly compare: () => Promise<'done' | RebuildRefusal>;
  /** Puts the new build in force, whatever the comparison found. The old one is kept, and kept up to date. */
  readonly switch: () => Promise<'done' | RebuildRefusal>;
  /** Puts the build in force again that was before the switch. */
  readonly rollback: () => Promise<'done' | RebuildRefusal>;
  /** Gives up a new build that is not in force. */
  readonly cancel: () => Promise<'done' | RebuildRefusal>;
  /** Removes a build for good: the one from before the switch, or the one named, also of another version. */
  readonly drop: (which?: Pick<KeptBuild, 'version' | 'build'>) => Promise<'done' | RebuildRefusal>;
}

/** Why nothing was done. Nothing has changed. */
export type RebuildRefusal =
  /** `start`: another build is there beside the one in force. */
  | 'already-started'
  /** `compare`, `switch`, `cancel`: no new build is there. */
  | 'nothing-started'
  /** `compare`, `switch`: the new build has not come as far as the one in force. */
  | 'not-caught-up'
  /** `rollback`, `drop`: no build from before a switch is there. */
  | 'nothing-kept'
  /** `drop`: queries are answered from it. */
  | 'in-force'
  /** `drop`: there is none of that version and number. */
  | 'unknown-build';

/** How far a rebuild is. */
export interface RebuildStatus {
  /**
   * `idle`: nothing beside the build in force. `building`: a new build reads the log; also the first one of a new
   * version, which comes into force by itself. `comparing`: it has caught up and is compared. `ready`: to be
   * switched to. `switched`: the new build is in force, the one before is kept.
   */
  readonly state: 'idle' | 'building' | 'comparing' | 'ready' | 'switched';
  /** Of the new build, unless `idle` or `switched`. */
  readonly progress?: RebuildProgress;
  /** As far as it has come; absent before it began. */
  readonly comparison?: BuildComparison;
  /** Why the new build does not get on, in one line, where this process tried. */
  readonly lastError?: string;
  /** All that is stored of this read model, of every version, oldest first. */
  readonly builds: readonly KeptBuild[];
}

export interface RebuildProgress {
  /** Position up to which all rows of the new build have come. */
  readonly eventsDone: bigint;
  /** Position of the last event of the log. */
  readonly eventsTotal: bigint;
  /** Over the last seconds. */
  readonly eventsPerSecond: number;
  /** Until it has caught up, at that rate; absent while there is none. */
  readonly leftMs?: number;
}

/** One making of the rows of a version. */
export interface KeptBuild {
  readonly version: number;
  /** From 1 in its version; never given twice. */
  readonly build: number;
  /** Whether queries of its version are answered from it. */
  readonly isInForce: boolean;
  /** Position up to which all its rows have come. */
  readonly checkpoint: bigint;
  /** When it was begun, ISO-8601 UTC; absent for the first of a version. */
  readonly since?: string;
}

/**
 * What a comparison of the new build with the other has found so far. Each row is compared as both builds have it at
 * one position. Sealed values count by their ciphertext; those whose subject was erased are equal.
 */
export interface BuildComparison {
  readonly isDone: boolean;
  /** Rows that are in one build or both. */
  readonly rowsCompared: number;
  readonly rowsDiffering: number;
  /** In the order of the keys. */
  readonly firstDifference?: BuildDifference;
}

export interface BuildDifference {
  readonly key: string;
  /**
   * `missing`: not in the new build. `added`: only in the new build. `changed`: in both. `parked`: set aside in one of
   * them, or in both at different events.
   */
  readonly kind: 'missing' | 'added' | 'changed' | 'parked';
  /** Of a `changed` row, the first field in the order of names, with dots into what it holds. Never a value. */
  readonly field?: string;
}

/** Of an engine that keeps one build of each version. */
export function noRebuild(readModel: string): Rebuild {
  const missing = async (): Promise<never> => {
    throw new Fault('CAPABILITY_MISSING', `${readModel}: this engine keeps one build only`);
  };
  return {
    ...{ status: missing, start: missing, compare: missing, switch: missing },
    ...{ rollback: missing, cancel: missing, drop: missing },
  };
}
