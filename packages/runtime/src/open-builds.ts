import {
  type Clock,
  Fault,
  isFault,
  type ReadModelEngine,
  type ReadModelShape,
  type ReadModelTable,
  type StoredBuild,
} from '@tidemark/core';
import { createProgress, type Progress } from './progress.ts';
import { lowestOf } from './projector.ts';
import { divisionOf } from './read-model-slice.ts';

/** A build that this process works on or answers from. */
export interface OpenBuild<Row extends object> {
  readonly build: number;
  readonly table: ReadModelTable<Row>;
  /** How far it is known to have come. */
  readonly progress: Progress;
}

/** What was stored when last looked at. */
export interface KnownBuilds<Row extends object> {
  /** Of all versions. */
  readonly stored: readonly StoredBuild[];
  /** Of this version, oldest first: at most two. */
  readonly mine: readonly StoredBuild[];
  /** Those, opened. */
  readonly open: readonly OpenBuild<Row>[];
  /** Number of the one in force of this version; none before the first of them has caught up. */
  readonly inForce: number | undefined;
}

/** The builds of one version, as this process sees them. */
export interface Builds<Row extends object> {
  readonly known: () => KnownBuilds<Row>;
  /** Looks at what is stored now, and follows a switch. One look at a time. */
  readonly refresh: () => Promise<KnownBuilds<Row>>;
  /** Looks when nobody else has for `everyMs`; resolves after the next look, whoever's it was, or when `signal` aborts. */
  readonly nextLook: (everyMs: number, signal: AbortSignal) => Promise<void>;
  /** The build that this process answers from; the newest where none is in force. */
  readonly current: () => OpenBuild<Row> & { readonly isInForce: boolean };
  /**
   * Asks the build in force. One question is answered by one build: when that was dropped meanwhile, it is put to its
   * successor. @throws READ_MODEL_BEHIND while none is in force.
   */
  readonly ask: Ask<Row>;
  /** As `ask`, for rows: those of a successor once it has come as far as those before it had told. @throws READ_MODEL_BEHIND */
  readonly read: Ask<Row>;
}

type Ask<Row extends object> = <Result>(
  work: (build: OpenBuild<Row>) => Promise<Result>,
) => Promise<Result>;

interface Parts<Row extends object> {
  readonly readModels: ReadModelEngine;
  readonly shape: ReadModelShape<Row>;
  readonly clock: Clock;
  /** Told of each look. */
  readonly onLook: (stored: readonly StoredBuild[]) => void;
}

/** A process that only asks looks at what is stored when its last look is older than this. */
const LOOK_IS_OLD_AFTER_MS = 2_000;
/** How long a switch waits, in this process, for the new build to come as far as what was answered already. */
const FOLLOW_TRIES = 8;
const FOLLOW_TRY_MS = 25;
const MOST_SUCCESSORS = 3;

/** Opens what is stored of the version, making its first build where there is none. */
export async function openBuilds<Row extends object>(parts: Parts<Row>): Promise<Builds<Row>> {
  const { readModels, shape, clock, onLook } = parts;
  const first = await readModels.open(shape);
  let known: KnownBuilds<Row> = { stored: [], mine: [], open: [], inForce: undefined };
  let current: OpenBuild<Row> | undefined;
  /** By builds that this process does not answer from any more. */
  let told = 0n;
  let lookedAtMs = clock.now();
  let looking: Promise<unknown> = Promise.resolve();
  const waiting = new Set<() => void>();

  const look = async (): Promise<KnownBuilds<Row>> => {
    known = await readBuilds(parts, first, known.open);
    lookedAtMs = clock.now();
    onLook(known.stored);
    const next = known.open.find(({ build }) => build === known.inForce) ?? known.open.at(-1);
    if (next !== undefined && next !== current) {
      const before = current;
      const toldBefore = () => higherOf(told, before?.progress.position() ?? 0n);
      const isKept = before !== undefined && known.open.includes(before);
      if (!isKept || (await isAsFar(next, toldBefore))) {
        told = toldBefore();
        current = next;
      }
    }
    for (const wake of waiting) wake();
    return known;
  };
  const refresh = (): Promise<KnownBuilds<Row>> => {
    const looked = looking.then(look, look);
    looking = looked;
    return looked;
  };
  const builds: Omit<Builds<Row>, 'ask' | 'read'> = {
    known: () => known,
    refresh,
    nextLook: async (everyMs, signal) => {
      if (signal.aborted) return;
      const rest = new AbortController();
      const wake = (): void => rest.abort();
      waiting.add(wake);
      signal.addEventListener('abort', wake);
      await clock.sleep(everyMs, rest.signal);
      signal.removeEventListener('abort', wake);
      waiting.delete(wake);
      // Whoever was woken by a look has it; were it to look again, two would wake each other for ever.
      if (!rest.signal.aborted) await refresh();
    },
    current: () => {
      if (current === undefined || known.open.length === 0) throw droppedFault(shape);
      return { ...current, isInForce: known.inForce !== undefined };
    },
  };
  await refresh();
  const ask: Ask<Row> = async (work) => {
    if (clock.now() - lookedAtMs > LOOK_IS_OLD_AFTER_MS) await refresh();
    return askInForce(builds, shape, work);
  };
  return {
    ...builds,
    ask,
    read: (work) =>
      ask(async (one) => {
        if (await isAsFar(one, () => told)) return work(one);
        throw behind(shape.name, one, 'it has not come as far as the build that was dropped');
      }),
  };
}

/** The position up to which all rows of a build have come. */
export async function checkpointOf<Row extends object>({
  table,
  progress,
}: Pick<OpenBuild<Row>, 'table' | 'progress'>): Promise<bigint> {
  const checkpoint = lowestOf((await divisionOf(table)).checkpoints);
  progress.moveTo(checkpoint);
  return checkpoint;
}

/** An engine without builds has one, which is in force. */
async function readBuilds<Row extends object>(
  { readModels, shape, clock }: Parts<Row>,
  first: ReadModelTable<Row>,
  before: readonly OpenBuild<Row>[],
): Promise<KnownBuilds<Row>> {
  const { name, version } = shape;
  const isOnly = readModels.builds === undefined;
  const only = { version, build: 1, isInForce: true, checkpoint: 0n };
  const stored = (await readModels.builds?.list(name)) ?? [only];
  const mine = stored.filter((one) => one.version === version);
  const open: OpenBuild<Row>[] = [];
  for (const { build, checkpoint } of mine) {
    let one = before.find((known) => known.build === build);
    if (one === undefined) {
      const table = isOnly ? first : await openKept(readModels, shape, build);
      if (table === undefined) continue;
      one = { build, table, progress: createProgress(clock) };
    }
    one.progress.moveTo(checkpoint);
    open.push(one);
  }
  return { stored, mine, open, inForce: mine.find(({ isInForce }) => isInForce)?.build };
}

/** `undefined` when it was dropped since it was listed. */
async function openKept<Row extends object>(
  readModels: ReadModelEngine,
  shape: ReadModelShape<Row>,
  build: number,
): Promise<ReadModelTable<Row> | undefined> {
  try {
    return await readModels.open(shape, build);
  } catch (error) {
    if (isFault(error, 'READ_MODEL_DROPPED')) return undefined;
    throw error;
  }
}

/**
 * Who was told that the rows have come so far must find them so, also after the switch. The one before is kept up to
 * date, so a process that cannot follow yet goes on with it and looks again.
 */
async function isAsFar<Row extends object>(
  next: OpenBuild<Row>,
  told: () => bigint,
): Promise<boolean> {
  const never = new AbortController().signal;
  for (let tries = 0; tries < FOLLOW_TRIES; tries += 1) {
    if (next.progress.position() >= told()) return true;
    await checkpointOf(next);
    await next.progress.wait(told(), FOLLOW_TRY_MS, never);
  }
  return next.progress.position() >= told();
}

async function askInForce<Row extends object, Result>(
  builds: Pick<Builds<Row>, 'current' | 'refresh'>,
  { name }: ReadModelShape<Row>,
  work: (build: OpenBuild<Row>) => Promise<Result>,
): Promise<Result> {
  for (let successors = 0; ; successors += 1) {
    const one = builds.current();
    if (!one.isInForce) throw behind(name, one, 'the new version has not caught up yet');
    try {
      return await work(one);
    } catch (error) {
      if (!isFault(error, 'READ_MODEL_DROPPED') || successors === MOST_SUCCESSORS) throw error;
      await builds.refresh();
      if (builds.current().build === one.build) throw error;
    }
  }
}

function higherOf(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function behind<Row extends object>(
  readModel: string,
  { progress }: OpenBuild<Row>,
  why: string,
): Fault {
  return new Fault('READ_MODEL_BEHIND', `${readModel}: ${why}`, {
    facts: { readModel, checkpoint: String(progress.position()) },
  });
}

function droppedFault<Row extends object>({ name, version }: ReadModelShape<Row>): Fault {
  return new Fault('READ_MODEL_DROPPED', `version ${version} of ${name} was dropped`, {
    facts: { readModel: name, version },
  });
}
