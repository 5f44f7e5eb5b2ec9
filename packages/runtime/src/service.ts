import type {
  Clock,
  EventStore,
  Keys,
  Leases,
  Logger,
  MessageBus,
  Parking,
  ReadModelEngine,
  Runnable,
  Timers,
} from '@tidemark/core';
import type { ServiceOperations } from './operations.ts';

/** How a service reaches a neighbour: the neighbour's `fetch` in one process, or its address. */
export type Fetch = (request: Request) => Promise<Response>;

/** Everything a service needs from outside, in one argument. */
export interface Infrastructure {
  readonly store: EventStore;
  /** Reminders of the service's processes, as durable as its store. */
  readonly timers: Timers;
  /** What the service's inboxes and processes have set aside, as durable as its store. */
  readonly parking: Parking;
  readonly readModels: ReadModelEngine;
  /** To share work among the processes of this service. */
  readonly leases: Leases;
  readonly bus: MessageBus;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly log: Logger;
  /** How to reach another service, by name. Asked at call time, so services may start in any order. */
  readonly neighbour: (service: string) => Fetch;
  /** Shows neighbours that a call comes from a service; checked at `/rpc`. */
  readonly serviceToken: string;
}

/** What a gateway tells a service about a request, beside the request itself. */
export interface RequestEnv {
  readonly correlationId: string;
  readonly actor: string;
}

/** A composed service: a web-standard surface, and what has to run. */
export interface Service {
  readonly name: string;
  readonly fetch: (request: Request, env?: RequestEnv) => Promise<Response>;
  readonly runnables: readonly Runnable[];
  readonly operations: ServiceOperations;
}
