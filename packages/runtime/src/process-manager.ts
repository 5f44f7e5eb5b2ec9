import type {
  Checkpoints,
  Clock,
  Codec,
  EventStore,
  Keys,
  Logger,
  Message,
  ParkedItem,
  Parking,
  Placed,
  Process,
  Recorded,
  Runnable,
  Timer,
  Timers,
} from '@tidemark/core';
import { type Aside, createAside } from './aside.ts';
import { causedBy } from './cause.ts';
import type { CommandContext } from './command.ts';
import { describeError } from './describe-error.ts';
import {
  createLaneReader,
  LANES_SIDE_BY_SIDE,
  type LaneReaderParts,
  type LaneWork,
} from './lane-reader.ts';
import { createLanes } from './lanes.ts';
import type { OperableConsumer } from './operations.ts';
import { createParkedMessages } from './parked-messages.ts';
import { placeEvent } from './place-event.ts';
import {
  itemOfEvent,
  itemOfTimer,
  type ParkedInput,
  readParkedInput,
  summaryOfInput,
} from './process-parking.ts';
import { type ProcessInput, type ProcessStepParts, takeProcessStep } from './process-step.ts';
import { createProgress } from './progress.ts';
import { openReminder, reminderOf } from './reminders.ts';
import { type FailurePolicy, retry } from './retry.ts';
import { sideBySide } from './side-by-side.ts';
import { createStreamFolds } from './stream-folds.ts';
import { createTimerLoop, type TimerLoop, type TimerWork } from './timer-loop.ts';

const STATES_KEPT = 10_000;

/** Runs, and shows operators what it set aside. */
export type ProcessManager = Runnable & OperableConsumer;

interface Parts<Source extends Message, Input extends Message, State, Command> {
  readonly store: EventStore;
  readonly keys: Keys;
  readonly process: Process<Input, State, Command>;
  /** How inputs are stored. */
  readonly inputs: Codec<Input>;
  /** The service's own events it listens to. */
  readonly source: { readonly categories: readonly string[]; readonly codec: Codec<Source> };
  /** The input that an event is for this process, if any. */
  readonly toInput: (placed: Placed<Source>) => Input | undefined;
  /** Resolves once the command is settled (accepted, or refused in a way that ends it); rejects to be asked again. `context.commandId` is the same on every try. */
  readonly send: (command: Command, context: CommandContext) => Promise<void>;
  readonly checkpoints: Checkpoints;
  readonly onFailure: FailurePolicy;
  readonly clock: Clock;
  readonly log: Logger;
  /** For reminders. */
  readonly timers?: Timers;
  /** Needed to park. */
  readonly parking?: Parking;
}

/**
 * Runs a process over its own streams (`<process name>-<instance>`): each input recorded once, its
 * commands sent at least once, under ids that are the same on every try. Inputs of one instance are
 * taken in log order, instances side by side; the checkpoint `process/<name>` never passes an input
 * whose commands are not settled, or that is not parked. When the retries are used up, the input is parked with its
 * instance, and following inputs and reminders of that instance wait behind it; or `run` rejects, by policy.
 *
 * A reminder is a timer, set before the commands of the same input are sent. It is due `afterMs` after the
 * event was recorded that led to it (after its own recording, for a reminder that follows a reminder), by the
 * clock that fires it never early; it is recorded once, as an input of its instance, however often it fires, and
 * never before an event that was recorded before it fired. Where there are no `timers`, `run` rejects with `CAPABILITY_MISSING` when one is asked for.
 *
 * @throws CAPABILITY_MISSING when the policy is to park and there is no `parking`.
 *
 * @example
 * const boarding = createProcessManager({ store, keys, timers, parking, process: boardingProcess, inputs, source, toInput, send, checkpoints, onFailure, clock, log });
 */
export function createProcessManager<Source extends Message, Input extends Message, State, Command>(
  parts: Parts<Source, Input, State, Command>,
): ProcessManager {
  const { store, process, source, checkpoints, timers, parking, clock } = parts;
  const name = `process/${process.name}`;
  const log = parts.log.with({ process: process.name });
  const aside = createAside({ parking, reader: name, policy: parts.onFailure, clock, log });
  const reminders =
    timers === undefined ? undefined : createTimerLoop({ timers, owner: process.name, clock });
  const steps = createSteps({ ...parts, log, setTimers: reminders?.set });
  const orPark = createParkingStep(aside);
  const workOf = (recorded: Recorded): LaneWork | undefined => {
    const input = inputOf(parts, recorded);
    if (input === undefined) return undefined;
    const { instance } = input;
    const step = (signal: AbortSignal) => steps.retrying(input, signal);
    return { lane: instance, run: orPark(instance, itemOfEvent(recorded), step) };
  };
  const fire = (timer: Timer) =>
    orPark(reminderOf(timer).instance, itemOfTimer(timer), async (signal) =>
      steps.retrying(await dueInput(parts, timer), signal),
    );
  const query = [{ categories: source.categories }];
  const reading = { name, store, checkpoints, query, workOf };
  return {
    name,
    run:
      reminders === undefined
        ? createLaneReader(reading).run
        : runBoth(parts, { reading, reminders, fire }),
    checkpoints: async () => [{ position: await checkpoints.load(name) }],
    parked: createParkedMessages({
      ...{ parking, reader: name, summaryOf: summaryOfInput },
      read: async (item) => contentOf(await readParkedInput(store, item)),
      handle: async (item) => {
        const parked = await readParkedInput(store, item);
        const input =
          'timer' in parked ? await dueInput(parts, parked.timer) : inputOf(parts, parked.event);
        if (input !== undefined) await steps.once(input);
      },
    }),
  };
}

/** Reads the log and fires reminders, in the same lanes. */
function runBoth(
  { store, clock }: { readonly store: EventStore; readonly clock: Clock },
  {
    reading,
    reminders,
    fire,
  }: {
    readonly reading: Omit<LaneReaderParts, 'lanes' | 'onBegun'>;
    readonly reminders: TimerLoop;
    readonly fire: (timer: Timer) => LaneWork['run'];
  },
): Runnable['run'] {
  return (signal) => {
    const lanes = createLanes(LANES_SIDE_BY_SIDE);
    const begun = createProgress(clock);
    const unlessFailed = createStandstill();
    const workOf: LaneReaderParts['workOf'] = (recorded) => {
      const work = reading.workOf(recorded);
      return work && { ...work, run: unlessFailed(work.run) };
    };
    const reader = createLaneReader({ ...reading, workOf, lanes, onBegun: begun.moveTo });
    // An event that was recorded before a reminder came due goes first, also after a time of standing still.
    const ready = async (stopping: AbortSignal): Promise<void> =>
      begun.wait(await store.head(), Number.POSITIVE_INFINITY, stopping);
    // A reminder takes its place behind the inputs of its instance that were begun before.
    const fireInLane: TimerWork['fire'] = (timer, stopping) =>
      lanes.run(reminderOf(timer).instance, async () =>
        stopping.aborted ? false : unlessFailed(fire(timer))(stopping),
      );
    const work = { ready, fire: fireInLane };
    return sideBySide([reader.run, (stopping) => reminders.run(work, stopping)], signal);
  };
}

/** Once something has failed, nothing more is begun: neither side hears of the other's end before its lane goes on. */
function createStandstill(): (run: LaneWork['run']) => LaneWork['run'] {
  let failed = false;
  return (run) => async (signal) => {
    if (failed) return false;
    try {
      return await run(signal);
    } catch (error) {
      failed = true;
      throw error;
    }
  };
}

/** What an event is for the process, if anything. */
function inputOf<Source extends Message, Input extends Message, State, Command>(
  { process, source, toInput }: Parts<Source, Input, State, Command>,
  recorded: Recorded,
): ProcessInput<Input> | undefined {
  const placed = placeEvent(source.codec, recorded);
  const input = toInput(placed);
  const instance = input === undefined ? undefined : process.correlate(input);
  if (input === undefined || instance === undefined) return undefined;
  const { id: sourceId, recordedAt } = placed;
  return { instance, input, sourceId, cause: causedBy(placed, process.name), recordedAt };
}

/** What a timer that has come due is for the process. */
async function dueInput<Input extends Message>(
  parts: { readonly inputs: Codec<Input>; readonly keys: Keys },
  timer: Timer,
): Promise<ProcessInput<Input>> {
  const { instance, body, cause } = reminderOf(timer);
  const input = await openReminder(parts, body);
  return { instance, input, sourceId: `timer/${timer.id}`, cause, body };
}

function contentOf(parked: ParkedInput): Pick<Recorded, 'data' | 'cause'> {
  if ('event' in parked) return parked.event;
  const { body, cause } = reminderOf(parked.timer);
  return { data: body.data, cause };
}

type StepParts<Input extends Message, State, Command> = Omit<
  ProcessStepParts<Input, State, Command>,
  'folds' | 'signal' | 'retrying'
> & { readonly onFailure: FailurePolicy; readonly clock: Clock; readonly log: Logger };

type Step<Input> = (item: ProcessInput<Input>, signal: AbortSignal) => Promise<boolean>;

interface Steps<Input> {
  /** Repeats what fails by the policy of the process. Answers whether all is done; `false` when `signal` aborted before. */
  readonly retrying: Step<Input>;
  readonly once: (item: ProcessInput<Input>) => Promise<void>;
}

function createSteps<Input extends Message, State, Command>(
  parts: StepParts<Input, State, Command>,
): Steps<Input> {
  const { store, keys, process, inputs: codec, onFailure: policy, clock, log } = parts;
  const folds = createStreamFolds({ store, keys, codec, view: process, cacheSize: STATES_KEPT });

  return {
    retrying: (item, signal) => {
      const { instance, sourceId } = item;
      const onRetry = (error: unknown, failures: number): void =>
        log.warn('process failed, trying again', {
          ...{ instance, eventId: sourceId, failures },
          error: describeError(error),
        });
      const retrying = <Result>(work: () => Promise<Result>): Promise<Result> =>
        retry(work, { policy, clock, signal, onRetry });
      return takeProcessStep({ ...parts, folds, signal, retrying }, item);
    },
    once: async (item) => {
      const { signal } = new AbortController();
      await takeProcessStep({ ...parts, folds, signal, retrying: (work) => work() }, item);
    },
  };
}

/** Works for an input. One whose instance is parked waits, and is done with that; one that fails for good is parked. */
type OrPark = (instance: string, item: ParkedItem, work: LaneWork['run']) => LaneWork['run'];

function createParkingStep(aside: Aside): OrPark {
  return (instance, item, work) => async (signal) => {
    if (await aside.wait(instance, () => [item])) return true;
    try {
      return await work(signal);
    } catch (error) {
      if (signal.aborted) throw error;
      await aside.giveUp(instance, [item], error);
      return true;
    }
  };
}
