import type { Clock, EventStore, Keys } from '@tidemark/core';
import type { DeferredCommands } from '@tidemark/http';
import type { LiveReadModel } from '@tidemark/runtime';
import type { Passengers } from '../application/aggregates.ts';
import type { PassengerRow } from '../application/passengers.ts';
import type { Settlements } from '../application/settled.ts';
import type { FlightsClient } from './rpc.ts';

/** What the routes are made of. */
export interface HttpParts {
  readonly store: EventStore;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly passengers: Passengers;
  readonly flights: FlightsClient;
  readonly settlements: Settlements;
  readonly list: LiveReadModel<PassengerRow>;
  readonly deferred: DeferredCommands;
  /** How long a request to check in waits for the outcome, in milliseconds. */
  readonly settleWithinMs: number;
  /** How long the flight may take to answer, in milliseconds. */
  readonly answerWithinMs: number;
}
