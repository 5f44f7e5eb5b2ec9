import type { operations } from './schema';

type Ok<Operation extends keyof operations> = operations[Operation] extends {
  readonly responses: {
    readonly 200: { readonly content: { readonly 'application/json': infer Body } };
  };
}
  ? Body
  : never;

/** A page of a list; `next` leads to the next one. */
export interface Page<Item> {
  items: Item[];
  next?: string;
}

export type Flight = Ok<'getFlight'>;
export type FlightStatus = Flight['status'];
export type Passenger = Ok<'getPassenger'>;
/** One event of a flight or passenger. */
export type HistoryItem = Ok<'getFlightHistory'>['items'][number];
export type AuditEntry = Ok<'listAudit'>['items'][number];

/** What the audit log can be searched by; an absent field means all. */
export interface AuditFilters {
  readonly service?: string;
  readonly type?: string;
  readonly stream?: string;
  readonly actor?: string;
  /** Everything that followed from one request. */
  readonly correlation?: string;
  /** Recorded then or later; ISO-8601, UTC. */
  readonly from?: string;
  /** Recorded then or before; ISO-8601, UTC. */
  readonly upTo?: string;
}
