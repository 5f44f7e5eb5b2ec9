import {
  type Cause,
  type Codec,
  Fault,
  type Keys,
  type Message,
  type StoredBody,
  type Timer,
} from '@tidemark/core';
import { forgettingKeys } from './encode-events.ts';
import { deriveId } from './ids.ts';
import { ringFor } from './stream-folds.ts';

/** A reminder as a process asks for it, with what its id and time derive from. */
export interface ReminderRequest<Input> {
  readonly instance: string;
  /** Of what the process reacts to; with `place` it makes the timer's id, the same on every try. */
  readonly sourceId: string;
  readonly place: number;
  /** When that was recorded; milliseconds since 1970 UTC. */
  readonly recordedAtMs: number;
  readonly afterMs: number;
  readonly input: Input;
  readonly cause: Cause;
}

/** What a timer holds: an input as it will be stored, so that no key is needed to record it later. */
export interface ReminderBody {
  readonly instance: string;
  readonly body: StoredBody;
  readonly cause: Cause;
}

interface ReminderParts<Input extends Message> {
  readonly process: {
    readonly name: string;
    readonly correlate: (input: Input) => string | undefined;
  };
  readonly inputs: Codec<Input>;
  readonly keys: Keys;
}

/**
 * The timer for a reminder; `undefined` when its input belongs to no instance.
 * @throws EVENT_INVALID when `afterMs` is no time, or leads to one that no date can tell.
 */
export async function toTimer<Input extends Message>(
  { process, inputs, keys }: ReminderParts<Input>,
  request: ReminderRequest<Input>,
): Promise<Timer | undefined> {
  const { input, cause, sourceId, place } = request;
  const instance = process.correlate(input);
  if (instance === undefined) return undefined;
  const dueAtMs = Math.ceil(request.recordedAtMs + request.afterMs);
  if (Number.isNaN(new Date(dueAtMs).getTime())) {
    throw new Fault(
      'EVENT_INVALID',
      `${process.name}: no reminder is due after ${request.afterMs} ms`,
    );
  }
  const subjects = inputs.subjectsOf(input);
  const body = inputs.encode(
    input,
    subjects.length === 0 ? new Map() : await forgettingKeys(keys).ensure(subjects),
  );
  const id = deriveId('reminder', process.name, request.instance, sourceId, String(place));
  const reminder: ReminderBody = { instance, body, cause };
  return { id, dueAtMs, owner: process.name, input: { ...reminder } };
}

/** What a timer holds. */
export function reminderOf(timer: Timer): ReminderBody {
  return timer.input as { readonly [key: string]: unknown } & ReminderBody;
}

/** The input of a reminder as the process sees it. */
export async function openReminder<Input extends Message>(
  { inputs, keys }: Pick<ReminderParts<Input>, 'inputs' | 'keys'>,
  body: StoredBody,
): Promise<Input> {
  return inputs.decode(body, await ringFor(keys, [body]));
}
