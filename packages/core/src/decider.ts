import type { Message } from './message.ts';

/** State built from events: a read model in memory, and the reading half of a decider. */
export interface View<State, Event> {
  /** Deeply read-only; `evolve` answers a new value and never changes the one it got. */
  readonly initialState: State;
  /** Total and pure: every event is a fact, so there is nothing to refuse here. */
  readonly evolve: (state: State, event: Event) => State;
}

/** A "no" the business understands. A value, never thrown. `rejected` is a kebab-case fact; it appears in URLs and logs. */
export interface Rejection<Reason extends string = string> {
  readonly rejected: Reason;
  /** Facts that help the caller; goes to clients, so nothing secret or personal. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Events to record; an empty list when nothing needs to change; or a rejection. */
export type Decision<Event, Reason extends string = string> = readonly Event[] | Rejection<Reason>;

/** An aggregate: a view that can also decide. */
export interface Decider<Command, State, Event extends Message, Reason extends string = string>
  extends View<State, Event> {
  /** Pure. Time, ids and prices arrive inside the command. */
  readonly decide: (command: Command, state: State) => Decision<Event, Reason>;
}

/**
 * Says no, with a reason that callers can switch on.
 *
 * @example
 * if (state.status === 'departed') return reject('flight-already-departed');
 */
export function reject<const Reason extends string>(
  reason: Reason,
  details?: Readonly<Record<string, unknown>>,
): Rejection<Reason> {
  return details === undefined ? { rejected: reason } : { rejected: reason, details };
}

/** Whether a decision is a "no". */
export function isRejection<Event, Reason extends string>(
  decision: Decision<Event, Reason>,
): decision is Rejection<Reason> {
  return !Array.isArray(decision);
}

/**
 * Replays events over a state, from the beginning unless told otherwise.
 *
 * @example
 * const state = fold(counter, [{ type: 'Incremented', data: { by: 2 } }]);
 */
export function fold<State, Event>(
  view: View<State, Event>,
  events: Iterable<Event>,
  from: State = view.initialState,
): State {
  let state = from;
  for (const event of events) state = view.evolve(state, event);
  return state;
}
