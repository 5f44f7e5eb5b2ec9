import type {
  Checkpoints,
  Clock,
  Codec,
  EventStore,
  Keys,
  Logger,
  Message,
  Placed,
  Process,
  Recorded,
  Runnable,
  Timers,
} from '@tidemark/core';
import { causedBy } from './cause.ts';
import type { CommandContext } from './command.ts';
import { describeError } from './describe-error.ts';
import { createLaneReader, LANES_SIDE_BY_SIDE, type LaneWork } from './lane-reader.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { placeEvent } from './place-event.ts';
import { type ProcessInput, type ProcessStepParts, takeProcessStep } from './process-step.ts';
import { createProgress } from './progress.ts';
import { openReminder, reminderOf } from './reminders.ts';
import { type FailurePolicy, retry } from './retry.ts';
import { sideBySide } from './side-by-side.ts';
import { createStreamFolds } from './stream-folds.ts';
import { createTimerLoop, type TimerWork } from './timer-loop.ts';

const STATES_KEPT = 10_000;

/**
 * Runs a process over its own streams (`<process name>-<instance>`): each input recorded once, its
 * commands sent at least once, under ids that are the same on every try. Inputs of one instance are
 * taken in log order, instances side by side; the checkpoint `process/<name>` never passes an input
 * whose commands are not settled. `run` rejects when the retries are used up.
 *
 * A reminder is a timer, set before the commands of the same input are sent. It is due `afterMs` after the
 * event was recorded that led to it (after its own recording, for a reminder that follows a reminder), by the
 * clock that fires it never early; it is recorded once, as an input of its instance, however often it fires, and
 * never before an event that was recorded before it fired. Where there are no `timers`, `run` rejects with `CAPABILITY_MISSING` when one is asked for.
 *
 * @example
 * const boarding = createProcessManager({ store, keys, timers, process: boardingProcess, inputs, source, toInput, send, checkpoints, onFailure, clock, log });
 */
export function createProcessManager<
  Source extends Message,
  Input extends Message,
  State,
  Command,
>(parts: {
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
}): Runnable {
  const { store, process, source, toInput, checkpoints, timers, clock } = parts;
  const name = `process/${process.name}`;
  const reminders =
    timers === undefined ? undefined : createTimerLoop({ timers, owner: process.name, clock });
  const step = createStep({ ...parts, setTimers: reminders?.set });
  const workOf = (recorded: Recorded): LaneWork | undefined => {
    const placed = placeEvent(source.codec, recorded);
    const input = toInput(placed);
    const instance = input === undefined ? undefined : process.correlate(input);
    if (input === undefined || instance === undefined) return undefined;
    const { id: sourceId, recordedAt } = placed;
    const cause = causedBy(placed, process.name);
    const item = { instance, input, sourceId, cause, recordedAt };
    return { lane: instance, run: (signal) => step(item, signal) };
  };
  const query = [{ categories: source.categories }];
  const reading = { name, store, checkpoints, query, workOf };
  if (reminders === undefined) return createLaneReader(reading);

  const run = (signal: AbortSignal): Promise<void> => {
    const lanes = createLanes(LANES_SIDE_BY_SIDE);
    const begun = createProgress(clock);
    const reader = createLaneReader({ ...reading, lanes, onBegun: begun.moveTo });
    // An event that was recorded before a reminder came due goes first, also after a time of standing still.
    const ready = async (stopping: AbortSignal): Promise<void> =>
      begun.wait(await store.head(), Number.POSITIVE_INFINITY, stopping);
    const fire = fireInLanes(parts, lanes, step);
    return sideBySide([reader.run, (stopping) => reminders.run({ ready, fire }, stopping)], signal);
  };
  return { name, run };
}

/** A reminder takes its place behind the inputs of its instance that were begun before. */
function fireInLanes<Input extends Message>(
  parts: { readonly inputs: Codec<Input>; readonly keys: Keys },
  lanes: Lanes,
  step: Step<Input>,
): TimerWork['fire'] {
  return (timer, signal) => {
    const { instance, body, cause } = reminderOf(timer);
    return lanes.run(instance, async () => {
      if (signal.aborted) return false;
      const input = await openReminder(parts, body);
      return step({ instance, input, sourceId: `timer/${timer.id}`, cause, body }, signal);
    });
  };
}

type StepParts<Input extends Message, State, Command> = Omit<
  ProcessStepParts<Input, State, Command>,
  'folds' | 'signal' | 'retrying'
> & { readonly onFailure: FailurePolicy; readonly clock: Clock; readonly log: Logger };

type Step<Input> = (item: ProcessInput<Input>, signal: AbortSignal) => Promise<boolean>;

function createStep<Input extends Message, State, Command>(
  parts: StepParts<Input, State, Command>,
): Step<Input> {
  const { store, keys, process, inputs: codec, onFailure: policy, clock } = parts;
  const log = parts.log.with({ process: process.name });
  const folds = createStreamFolds({ store, keys, codec, view: process, cacheSize: STATES_KEPT });

  return (item, signal) => {
    const { instance, sourceId } = item;
    const onRetry = (error: unknown, failures: number): void =>
      log.warn('process failed, trying again', {
        ...{ instance, eventId: sourceId, failures },
        error: describeError(error),
      });
    const retrying = <Result>(work: () => Promise<Result>): Promise<Result> =>
      retry(work, { policy, clock, signal, onRetry });
    return takeProcessStep({ ...parts, folds, signal, retrying }, item);
  };
}
