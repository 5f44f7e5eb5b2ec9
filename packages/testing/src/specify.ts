import { deepStrictEqual, fail } from 'node:assert/strict';
import { type Decider, type Decision, fold, isRejection, type Message } from '@tidemark/core';

/** What a decision should have been. Each throws an `AssertionError` that shows the difference. */
export interface Expectation<Event, Reason extends string> {
  /** Exactly these events, in this order. */
  readonly records: (...events: readonly Event[]) => void;
  /** A rejection with this reason, and these details where they are given. */
  readonly rejects: (reason: Reason, details?: Readonly<Record<string, unknown>>) => void;
  /** No event and no rejection. */
  readonly changesNothing: () => void;
}

/** History first, then a command. */
export interface Specification<Command, Event, Reason extends string> {
  readonly given: (...history: readonly Event[]) => {
    readonly when: (command: Command) => Expectation<Event, Reason>;
  };
}

/**
 * Given, when, then for a decider, without a store.
 *
 * @example
 * specify(counter).given(incremented).when({ type: 'Increment' }).records(incremented);
 */
export function specify<Command, State, Event extends Message, Reason extends string>(
  decider: Decider<Command, State, Event, Reason>,
): Specification<Command, Event, Reason> {
  return {
    given: (...history) => ({
      when: (command) => expectationOf(decider.decide(command, fold(decider, history))),
    }),
  };
}

function expectationOf<Event, Reason extends string>(
  decision: Decision<Event, Reason>,
): Expectation<Event, Reason> {
  return {
    records: (...events) => {
      if (events.length === 0) fail('nothing to record is said with changesNothing()');
      deepStrictEqual(decision, events);
    },
    rejects: (reason, details) => {
      if (!isRejection(decision)) {
        fail(`expected the rejection "${reason}", decided ${JSON.stringify(decision)}`);
      }
      deepStrictEqual(decision.rejected, reason);
      if (details !== undefined) deepStrictEqual(decision.details, details);
    },
    changesNothing: () => deepStrictEqual(decision, []),
  };
}
