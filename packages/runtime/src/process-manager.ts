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
  Runnable,
} from '@tidemark/core';
import type { CommandContext } from './command.ts';
import { describeError } from './describe-error.ts';
import { createLaneReader } from './lane-reader.ts';
import { placeEvent } from './place-event.ts';
import { type ProcessStepParts, takeProcessStep } from './process-step.ts';
import { type FailurePolicy, retry } from './retry.ts';
import { createStreamFolds } from './stream-folds.ts';

const STATES_KEPT = 10_000;

/**
 * Runs a process over its own streams (`<process name>-<instance>`): each input recorded once, its
 * commands sent at least once, under ids that are the same on every try. Inputs of one instance are
 * taken in log order, instances side by side; the checkpoint `process/<name>` never passes an input
 * whose commands are not settled. `run` rejects when the retries are used up, and with
 * `CAPABILITY_MISSING` for a reminder: there are no timers here yet.
 *
 * @example
 * const boarding = createProcessManager({ store, keys, process: boardingProcess, inputs, source, toInput, send, checkpoints, onFailure, clock, log });
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
}): Runnable {
  const { store, keys, process, inputs, source, toInput, send, checkpoints } = parts;
  const log = parts.log.with({ process: process.name });
  const folds = createStreamFolds({
    store,
    keys,
    codec: inputs,
    view: process,
    cacheSize: STATES_KEPT,
  });
  const stepParts = (
    signal: AbortSignal,
    facts: { readonly instance: string; readonly eventId: string },
  ): ProcessStepParts<Input, State, Command> => ({
    ...{ store, keys, process, inputs, folds, send, signal },
    retrying: (work) =>
      retry(work, {
        policy: parts.onFailure,
        clock: parts.clock,
        signal,
        onRetry: (error, failures) =>
          log.warn('process failed, trying again', {
            ...facts,
            failures,
            error: describeError(error),
          }),
      }),
  });

  return createLaneReader({
    name: `process/${process.name}`,
    store,
    checkpoints,
    query: [{ categories: source.categories }],
    workOf: (recorded) => {
      const placed = placeEvent(source.codec, recorded);
      const input = toInput(placed);
      const instance = input === undefined ? undefined : process.correlate(input);
      if (input === undefined || instance === undefined) return undefined;
      const facts = { instance, eventId: placed.id };
      return {
        lane: instance,
        run: (signal) =>
          takeProcessStep(stepParts(signal, facts), { instance, input, source: placed }),
      };
    },
  });
}
