import type {
  BuildName,
  Clock,
  EventReader,
  ReadModelBuilds,
  ReadModelShape,
  StoredBuild,
} from '@tidemark/core';
import type { BuildFailures, BuildRates } from './build-rates.ts';
import { COMPARISON_BEGUN, type ComparisonNote, readNote, writeNote } from './compare-builds.ts';
import type { Builds, KnownBuilds } from './open-builds.ts';
import { foremostOf } from './projector.ts';
import { divisionOf } from './read-model-slice.ts';
import type {
  BuildComparison,
  Rebuild,
  RebuildProgress,
  RebuildRefusal,
  RebuildStatus,
} from './rebuild.ts';
import { turnOfTheLoop } from './turn-of-the-loop.ts';

interface Parts<Row extends object> {
  readonly store: Pick<EventReader, 'head'>;
  readonly clock: Clock;
  readonly shape: ReadModelShape<Row>;
  readonly stored: ReadModelBuilds;
  readonly builds: Builds<Row>;
  readonly rates: BuildRates;
  readonly failures: BuildFailures;
}

/** How long a switch waits for a build that has caught up to stand where the other does. */
const SWITCH_WITHIN_MS = 5_000;
const LOOK_AGAIN_MS = 25;
const MOST_TRIES = 10;

/** The builds of a version by their part in a rebuild. */
interface Roles {
  readonly inForce: StoredBuild | undefined;
  /** Newer than the one in force. */
  readonly next: StoredBuild | undefined;
  /** Older than the one in force. */
  readonly kept: StoredBuild | undefined;
}

/** What operators do to the builds of one version, from any process. */
export function createRebuild<Row extends object>(parts: Parts<Row>): Rebuild {
  const { stored, shape, clock, builds } = parts;
  return {
    status: () => readStatus(parts),
    start: async () => {
      const done = await stored.add(shape, new Date(clock.now()).toISOString());
      await builds.refresh();
      return done === 'added' ? 'done' : 'already-started';
    },
    compare: () =>
      attempt(parts, ({ inForce, next }) => {
        if (inForce === undefined || next === undefined) return 'nothing-started';
        if (next.note === undefined) return 'not-caught-up';
        return () => stored.note(nameOf(parts, next), next.note, writeNote(COMPARISON_BEGUN));
      }),
    switch: () =>
      attempt(parts, ({ inForce, next }) => {
        if (inForce === undefined || next === undefined) return 'nothing-started';
        if (next.note === undefined) return 'not-caught-up';
        return () => putInForce(parts, next, inForce);
      }),
    rollback: () =>
      attempt(parts, ({ inForce, kept }) => {
        if (inForce === undefined || kept === undefined) return 'nothing-kept';
        return () => putInForce(parts, kept, inForce);
      }),
    cancel: () =>
      attempt(parts, ({ inForce, next }) => {
        if (inForce === undefined || next === undefined) return 'nothing-started';
        return () => stored.drop({ ...nameOf(parts, next), isInForce: false });
      }),
    drop: (which) =>
      attempt(parts, (roles, known) => {
        const dropped = which === undefined ? roles.kept : find(known, which);
        if (dropped === undefined) return which === undefined ? 'nothing-kept' : 'unknown-build';
        const isWanted = roles.inForce ?? roles.next;
        if (dropped === isWanted) return 'in-force';
        const { isInForce } = dropped;
        return () => stored.drop({ ...nameOf(parts, dropped), isInForce });
      }),
  };
}

/** Decides by what is stored and acts; anew when somebody else acted in between. */
async function attempt<Row extends object>(
  { builds }: Parts<Row>,
  decide: (roles: Roles, known: KnownBuilds<Row>) => RebuildRefusal | (() => Promise<string>),
): Promise<'done' | RebuildRefusal> {
  for (let tries = 1; ; tries += 1) {
    const known = await builds.refresh();
    const decided = decide(rolesOf(known), known);
    if (typeof decided === 'string') return decided;
    const outcome = await decided();
    await builds.refresh();
    if (outcome === 'behind') return 'not-caught-up';
    if (outcome !== 'overtaken') return 'done';
    if (tries === MOST_TRIES)
      throw new Error('the builds change faster than they can be looked at');
  }
}

/** While both go on, each is ahead for some moments; only one in which the new build is ahead counts. */
async function putInForce<Row extends object>(
  parts: Parts<Row>,
  next: StoredBuild,
  inForce: StoredBuild,
): Promise<'enforced' | 'behind' | 'overtaken'> {
  const { stored, clock, builds } = parts;
  const untilMs = clock.now() + SWITCH_WITHIN_MS;
  const never = new AbortController().signal;
  for (;;) {
    const done = await stored.enforce(nameOf(parts, next), inForce.build);
    if (done !== 'behind' || clock.now() >= untilMs) return done;
    const { open } = builds.known();
    const [one, other] = [inForce, next].map((a) => open.find(({ build }) => build === a.build));
    if (one === undefined || other === undefined) return 'overtaken';
    const wanted = foremostOf((await divisionOf(one.table)).checkpoints);
    await other.progress.wait(wanted, LOOK_AGAIN_MS, never);
    await turnOfTheLoop();
  }
}

async function readStatus<Row extends object>(parts: Parts<Row>): Promise<RebuildStatus> {
  const { builds, failures } = parts;
  const known = await builds.refresh();
  const { inForce, next, kept } = rolesOf(known);
  const made = known.stored.map(({ note: _, ...build }) => build);
  if (next === undefined) return { state: kept === undefined ? 'idle' : 'switched', builds: made };
  const note = readNote(next.note);
  const lastError = failures.of(next);
  return {
    state: inForce === undefined ? 'building' : stateOf(note),
    progress: await readProgress(parts, next),
    ...(note !== undefined && { comparison: shown(note) }),
    ...(lastError !== undefined && { lastError }),
    builds: made,
  };
}

function stateOf(note: ComparisonNote | undefined): RebuildStatus['state'] {
  if (note === undefined) return 'building';
  return note.isDone ? 'ready' : 'comparing';
}

function shown({ after: _, ...comparison }: ComparisonNote): BuildComparison {
  return comparison;
}

async function readProgress<Row extends object>(
  { store, clock, rates }: Parts<Row>,
  { version, build, checkpoint, since }: StoredBuild,
): Promise<RebuildProgress> {
  const eventsTotal = await store.head();
  const sinceMs = since === undefined ? 0 : clock.now() - Date.parse(since);
  const onAverage = sinceMs > 0 ? (Number(checkpoint) * 1_000) / sinceMs : 0;
  const eventsPerSecond = rates.perSecond({ version, build }) ?? onAverage;
  const left = Number(eventsTotal - checkpoint);
  const known = { eventsDone: checkpoint, eventsTotal, eventsPerSecond };
  if (left <= 0) return { ...known, leftMs: 0 };
  return eventsPerSecond > 0 ? { ...known, leftMs: (left * 1_000) / eventsPerSecond } : known;
}

/** A version has two builds at most. */
function rolesOf<Row extends object>({ mine }: KnownBuilds<Row>): Roles {
  const inForce = mine.find((one) => one.isInForce);
  const beside = mine.findLast((one) => one !== inForce);
  const isNext = beside !== undefined && beside.build > (inForce?.build ?? 0);
  return {
    inForce,
    next: isNext ? beside : undefined,
    kept: isNext ? undefined : beside,
  };
}

function find<Row extends object>(
  { stored }: KnownBuilds<Row>,
  which: Pick<StoredBuild, 'version' | 'build'>,
): StoredBuild | undefined {
  return stored.find(({ version, build }) => version === which.version && build === which.build);
}

function nameOf<Row extends object>(
  { shape }: Pick<Parts<Row>, 'shape'>,
  { version, build }: StoredBuild,
): BuildName {
  return { name: shape.name, version, build };
}
