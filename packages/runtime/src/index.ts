// CONTRACT STUB: signatures that the other packages build on; the implementation replaces this file.
import type {
  BusMessage,
  Cause,
  Checkpoints,
  Clock,
  Codec,
  Decider,
  EventEngine,
  EventReader,
  EventStore,
  Feed,
  FindRequest,
  FoundPage,
  JsonObject,
  Keys,
  Logger,
  Message,
  MessageBus,
  Opened,
  Placed,
  Process,
  ReadModel,
  ReadModelEngine,
  Recorded,
  Runnable,
  StreamName,
} from '@tidemark/core';

/* ---- store ---- */
/** Wraps an engine with the coalescing writer: while one batch commits, the next one forms. */
export declare function createEventStore(
  engine: EventEngine,
  options?: { readonly maxBatchEvents?: number },
): EventStore;

/* ---- ids, clock ---- */
/** UUID-shaped, from SHA-256 over the parts: the same parts give the same id. */
export declare function deriveId(...parts: readonly string[]): string;
/** A new time-ordered UUID (v7). */
export declare function newId(): string;
export declare function createSystemClock(): Clock;

/* ---- commands ---- */
export interface Aggregate<Command, State, Event extends Message, Reason extends string = string> {
  /** Category of its streams; a stream is `<category>-<id>`. */
  readonly category: string;
  readonly codec: Codec<Event>;
  readonly decider: Decider<Command, State, Event, Reason>;
}
export interface CommandContext {
  /** Chosen by the sender, kept on retries; event ids derive from it. */
  readonly commandId: string;
  readonly cause: Cause;
  /** From `If-Match` (a revision) or `If-None-Match: *` (`'none'`). When given, a conflict is answered and not retried. */
  readonly expectedRevision?: number | 'none';
  /** Hash of the request where the client named the command (Idempotency-Key). */
  readonly fingerprint?: string;
}
export type CommandOutcome<Reason extends string = string> =
  /** Stored. `repeated`: it had been stored before, by the same command id; answer as the first time. */
  | {
      readonly status: 'accepted';
      readonly revision: number;
      readonly position: bigint;
      readonly repeated: boolean;
    }
  /** Nothing needed to change. */
  | { readonly status: 'unchanged'; readonly revision: number | 'none'; readonly position: bigint }
  | {
      readonly status: 'rejected';
      readonly reason: Reason;
      readonly details?: Readonly<Record<string, unknown>>;
    }
  /** Somebody wrote first: against `expectedRevision` (attempts 1), or too often in a row. */
  | { readonly status: 'conflicted'; readonly actual: number | 'none'; readonly attempts: number }
  /** The command id was used before, for something else. */
  | { readonly status: 'mismatched' };
export interface Loaded<State> {
  readonly state: State;
  readonly revision: number | 'none';
}
export interface CommandHandler<Command, State, Reason extends string = string> {
  readonly handle: (
    id: string,
    command: Command,
    context: CommandContext,
  ) => Promise<CommandOutcome<Reason>>;
  /** The state as it is now: cached, and always topped up from the tail of the stream. */
  readonly load: (id: string) => Promise<Loaded<State>>;
}
export declare function createCommandHandler<
  Command,
  State,
  Event extends Message,
  Reason extends string,
>(parts: {
  readonly store: EventStore;
  readonly keys: Keys;
  readonly aggregate: Aggregate<Command, State, Event, Reason>;
  /** Tries on conflict, the first included. Default 5. */
  readonly attempts?: number;
  /** Folded states kept. Default 10,000. */
  readonly cacheSize?: number;
}): CommandHandler<Command, State, Reason>;

/* ---- reading ---- */
export interface HistoryPage {
  readonly items: readonly {
    readonly recorded: Recorded;
    readonly type: string;
    readonly data: JsonObject;
  }[];
  /** Revision to continue from; absent on the last page. */
  readonly nextRevision?: number;
}
/** One page of a stream's events, oldest first, lifted to today's shapes and opened. */
export declare function readHistory<Event extends Message>(
  parts: { readonly store: EventReader; readonly keys: Keys; readonly codec: Codec<Event> },
  page: { readonly stream: StreamName; readonly from: number; readonly limit: number },
): Promise<HistoryPage>;
/** Opens all sealed values inside some rows, fetching each key once. */
export declare function openPersonal<Data>(keys: Keys, data: Data): Promise<Opened<Data>>;

export interface LiveReadModel<Row extends object> {
  /** Keeps it up to date. */
  readonly runnable: Runnable;
  readonly get: (key: string) => Promise<Row | undefined>;
  readonly find: (request: FindRequest) => Promise<FoundPage<Row>>;
  readonly checkpoint: () => Promise<bigint>;
  /** Resolves `true` once it has come as far as `position`; `false` when `signal` aborts before. */
  readonly reached: (position: bigint, signal: AbortSignal) => Promise<boolean>;
}
/** What to do when handling fails. Chosen in `compose.ts`, never defaulted. */
export interface FailurePolicy {
  /** Tries after the first. */
  readonly retries: number;
  /** First wait; doubles up to 30 s, with jitter. */
  readonly backoffMs: number;
  /** When retries are used up: `stop` keeps order and needs a person (the runnable rejects, is reported and started again later). */
  readonly giveUp: 'stop';
}
export declare function openReadModel<Event extends Message, Row extends object>(parts: {
  readonly store: EventReader;
  readonly readModels: ReadModelEngine;
  readonly codec: Codec<Event>;
  readonly readModel: ReadModel<Event, Row>;
  readonly onFailure: FailurePolicy;
  readonly clock: Clock;
  readonly log: Logger;
}): Promise<LiveReadModel<Row>>;

/* ---- between services ---- */
export interface PublicMessage {
  readonly topic: string;
  readonly key: string;
  readonly data: JsonObject;
}
/** Which events become which public messages. Pure. */
export type MessagesOut<Event extends Message> = (
  placed: Placed<Event>,
) => readonly PublicMessage[];
/** The log read as messages: what `out` says, and every event (sealed) on `<service>.log`. */
export declare function createFeed<Event extends Message>(parts: {
  readonly service: string;
  readonly store: EventReader;
  readonly codec: Codec<Event>;
  readonly out: MessagesOut<Event>;
}): Feed;
/** Publishes a feed to a broker, with a checkpoint. */
export declare function createRelay(parts: {
  readonly feed: Feed;
  readonly topics: readonly string[];
  readonly publish: (batch: readonly BusMessage[]) => Promise<void>;
  readonly checkpoints: Checkpoints;
}): Runnable;
/** Hands each message to `handle`: in order for each key, different keys side by side, retried by policy. */
export declare function createInbox(parts: {
  readonly bus: MessageBus;
  readonly group: string;
  readonly topics: readonly string[];
  readonly checkpoints: Checkpoints;
  readonly handle: (message: BusMessage) => Promise<void>;
  readonly onFailure: FailurePolicy;
  readonly clock: Clock;
  readonly log: Logger;
}): Runnable;
/** The cause of what follows from a message or event. */
export declare function causedBy(
  origin: { readonly id: string; readonly cause: Cause },
  actor?: string,
): Cause;

/** Runs a process over its own streams (`<process name>-<instance>`): each input recorded once, its commands sent at least once. */
export declare function createProcessManager<
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
}): Runnable;

/* ---- running ---- */
/** Runs all until `signal` aborts; what dies is reported, and started again with backoff. Resolves when all have stopped. */
export declare function supervise(
  runnables: readonly Runnable[],
  parts: {
    readonly clock: Clock;
    readonly log: Logger;
    readonly onChange?: (health: readonly RunnableHealth[]) => void;
  },
  signal: AbortSignal,
): Promise<void>;
export interface RunnableHealth {
  readonly name: string;
  readonly state: 'running' | 'restarting' | 'stopped';
  readonly restarts: number;
  readonly lastError?: string;
}

/** How a service reaches a neighbour: the neighbour's `fetch` in one process, or its address. */
export type Fetch = (request: Request) => Promise<Response>;
/** Everything a service needs from outside, in one argument. */
export interface Infrastructure {
  readonly store: EventStore;
  readonly readModels: ReadModelEngine;
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
}
