import {
  type Clock,
  Fault,
  type Keys,
  type Message,
  type ReadModelBuilds,
  type Runnable,
} from '@tidemark/core';
import type { BuildFailures } from './build-rates.ts';
import {
  COMPARISON_BEGUN,
  type ComparisonNote,
  compareOn,
  readNote,
  writeNote,
} from './compare-builds.ts';
import { describeError } from './describe-error.ts';
import { type Builds, checkpointOf, type OpenBuild } from './open-builds.ts';
import { createProjector, projectorName } from './projector.ts';
import type { ProjectorParts } from './read-model-step.ts';
import { sideBySide } from './side-by-side.ts';
import { supervise } from './supervise.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

/** How soon a process sees what another did to the builds. */
const LOOK_EVERY_MS = 1_000;
/** How soon it sees that another process brought a build up to date. */
const LOOK_AGAIN_MS = 250;
const ROWS_PER_PAGE = 500;

export interface RunnerParts<Event extends Message, Row extends object>
  extends Omit<ProjectorParts<Event, Row>, 'table' | 'onProgress'> {
  readonly builds: Builds<Row>;
  /** Where builds are stored; absent where an engine has one only. */
  readonly stored: ReadModelBuilds | undefined;
  readonly keys: Pick<Keys, 'fetch'> | undefined;
  readonly failures: BuildFailures;
}

/**
 * Keeps the builds of a version up to date: the one in force, and the one beside it. When the build in force is alone
 * and cannot go on, `run` rejects with `READ_MODEL_STOPPED`; while another is beside it, each is started again for
 * itself, so that neither holds up the other. After every change of what is stored, it starts over.
 */
export function createBuildRunner<Event extends Message, Row extends object>(
  parts: RunnerParts<Event, Row>,
): Runnable {
  const { builds, stored, readModel } = parts;
  const name = projectorName(readModel);
  return {
    name,
    run: async (signal) => {
      await builds.refresh();
      while (!signal.aborted) {
        const { open } = builds.known();
        if (stored === undefined) {
          const [only] = open;
          if (only !== undefined) await projectorOf(parts, only).run(signal);
          continue;
        }
        if (open.length === 0) {
          throw new Fault(
            'READ_MODEL_DROPPED',
            `${name} was dropped: nothing is left to keep up to date`,
          );
        }
        await runKnown(parts, { stored, signal });
      }
    },
  };
}

type Work = (signal: AbortSignal) => Promise<void>;

async function runKnown<Event extends Message, Row extends object>(
  parts: RunnerParts<Event, Row>,
  { stored, signal }: { readonly stored: ReadModelBuilds; readonly signal: AbortSignal },
): Promise<void> {
  const { builds, clock, log } = parts;
  const { open, inForce } = builds.known();
  const before = stampOf(builds);
  const watch: Work = async (stop) => {
    while (!stop.aborted && stampOf(builds) === before) {
      // A store that does not answer is asked again; whoever works on the builds meets it too.
      await builds.nextLook(LOOK_EVERY_MS, stop).catch(() => undefined);
    }
  };
  const projectors = open.map((build) => untilDropped(parts, build));
  const newest = open.at(-1);
  const attended =
    newest !== undefined && newest.build !== inForce && newest.build > (inForce ?? 0);
  const attendant = attended ? [attendantOf({ ...parts, stored }, newest)] : [];
  const beside = projectors.length === 1 ? attendant : [...projectors, ...attendant];
  const works: Work[] = [watch];
  if (beside.length > 0) works.push((stop) => supervise(beside, { clock, log }, stop));
  const [only] = projectors;
  if (projectors.length === 1 && only !== undefined) works.push(only.run);
  await sideBySide(works, signal);
}

/** What makes the runner start over: which builds there are, and which is in force. */
function stampOf<Row extends object>({ known }: Pick<Builds<Row>, 'known'>): string {
  const { open, inForce } = known();
  return `${open.map(({ build }) => build).join(' ')} / ${inForce}`;
}

function projectorOf<Event extends Message, Row extends object>(
  parts: RunnerParts<Event, Row>,
  { build, table, progress }: OpenBuild<Row>,
): Runnable {
  const isInForce = parts.builds.known().inForce === build;
  const { eventsPerSecond, ...unlimited } = parts;
  return createProjector({
    ...unlimited,
    table,
    onProgress: progress.moveTo,
    ...(!isInForce && { log: parts.log.with({ build }) }),
    ...(!isInForce && eventsPerSecond !== undefined && { eventsPerSecond }),
  });
}

/** A build that another process drops ends without noise. */
function untilDropped<Event extends Message, Row extends object>(
  parts: RunnerParts<Event, Row>,
  one: OpenBuild<Row>,
): Runnable {
  const { builds, failures, clock } = parts;
  const projector = projectorOf(parts, one);
  return {
    name: `${projector.name}/build-${one.build}`,
    run: async (signal) => {
      try {
        await projector.run(signal);
      } catch (error) {
        failures.note(one.build, describeError(error), one.progress.position());
        const { open } = await builds.refresh().catch(builds.known);
        if (open.length === 0 || open.includes(one)) throw error;
        await untilStopped(clock, signal);
      }
    },
  };
}

/** Brings a new build to where it can be put in force. */
function attendantOf<Event extends Message, Row extends object>(
  parts: RunnerParts<Event, Row> & { readonly stored: ReadModelBuilds },
  one: OpenBuild<Row>,
): Runnable {
  const { inForce, open } = parts.builds.known();
  const other = open.find(({ build }) => build === inForce);
  return {
    name: `${projectorName(parts.readModel)}/build-${one.build}/attendant`,
    run: (signal) =>
      other === undefined
        ? comeIntoForce(parts, one, signal)
        : compareWhenCaughtUp(parts, { one: other, other: one }, signal),
  };
}

/** The first build of a new version answers queries as soon as it knows all that was there. */
async function comeIntoForce<Event extends Message, Row extends object>(
  parts: RunnerParts<Event, Row> & { readonly stored: ReadModelBuilds },
  one: OpenBuild<Row>,
  signal: AbortSignal,
): Promise<void> {
  const { builds, store, stored, readModel, log, clock } = parts;
  const { name, version } = readModel;
  await caughtUp(one, await store.head(), signal);
  if (signal.aborted) return;
  const done = await stored.enforce({ name, version, build: one.build }, undefined);
  if (done === 'enforced') {
    log.info('new version of read model in force', { readModel: name, version });
  }
  await builds.refresh();
  await untilStopped(clock, signal);
}

/** Ending by itself would count as failing; who looks at the builds is about to start over. */
async function untilStopped(clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await clock.sleep(LOOK_EVERY_MS, signal);
}

async function caughtUp<Row extends object>(
  one: OpenBuild<Row>,
  to: bigint,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && (await checkpointOf(one)) < to) {
    await one.progress.wait(to, LOOK_AGAIN_MS, signal);
  }
}

interface Pair<Row extends object> {
  /** In force. */
  readonly one: OpenBuild<Row>;
  /** The new one. */
  readonly other: OpenBuild<Row>;
}

/** The note on the new build is its checkpoint: after a crash, or beside another process, it goes on from there. */
async function compareWhenCaughtUp<Event extends Message, Row extends object>(
  parts: RunnerParts<Event, Row> & { readonly stored: ReadModelBuilds },
  pair: Pair<Row>,
  signal: AbortSignal,
): Promise<void> {
  const { builds, stored, readModel, clock } = parts;
  const { name, version } = readModel;
  const which = { name, version, build: pair.other.build };
  if (noteOf(builds, pair.other) === undefined) {
    await caughtUp(pair.other, await checkpointOf(pair.one), signal);
  }
  while (!signal.aborted) {
    const was = noteOf(builds, pair.other);
    const note = readNote(was);
    if (note?.isDone === true) {
      await builds.nextLook(LOOK_EVERY_MS, signal);
      continue;
    }
    const next = await compareNext(parts, pair, note);
    if (next === 'apart') {
      await clock.sleep(LOOK_EVERY_MS, signal);
      continue;
    }
    await stored.note(which, was, writeNote(next));
    await builds.refresh();
    await turnOfTheLoop();
  }
}

function compareNext<Event extends Message, Row extends object>(
  { store, codec, readModel, keys }: RunnerParts<Event, Row>,
  { one, other }: Pair<Row>,
  note: ComparisonNote | undefined,
): Promise<ComparisonNote | 'apart'> {
  const tables = { one: one.table, other: other.table, limit: ROWS_PER_PAGE };
  return compareOn({ store, codec, readModel, keys, ...tables }, note ?? COMPARISON_BEGUN);
}

function noteOf<Row extends object>(
  { known }: Pick<Builds<Row>, 'known'>,
  { build }: OpenBuild<Row>,
): string | undefined {
  return known().mine.find((one) => one.build === build)?.note;
}
