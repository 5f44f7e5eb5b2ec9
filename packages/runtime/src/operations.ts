import type {
  Cause,
  Codec,
  EventStore,
  JsonObject,
  Message,
  ReplayFrom,
  ReplayProgress,
  Timers,
} from '@tidemark/core';
import type { ParkedRows } from './parked-rows.ts';
import type { Rebuild } from './rebuild.ts';

/** What operators see of a read model, and what they may do to it. */
export interface OperableReadModel {
  readonly name: string;
  readonly version: number;
  /** The position up to which all rows have come. */
  readonly checkpoint: () => Promise<bigint>;
  /** Rows that were set aside. */
  readonly parked: ParkedRows;
  /** Making its rows anew, beside those in use. */
  readonly rebuild: Rebuild;
  /** At most `limit` (1 to 1,000) rows behind the key `after`, in the order of their keys. Absent where the engine cannot. */
  readonly scan?: (
    after: string | undefined,
    limit: number,
  ) => Promise<readonly (readonly [key: string, row: object])[]>;
}

/** A key of a consumer that is set aside: the message that failed, and how many wait behind it. */
export interface ParkedMessage {
  /** Of an inbox, the key of the message; of a process, the instance. */
  readonly key: string;
  /** Id of the message (of a process: of the event or the timer) that failed. */
  readonly id: string;
  /** Topic of the message; of a process, type of the input's event. */
  readonly type: string;
  /** When the fact was recorded, ISO-8601 UTC. */
  readonly time: string;
  /** Place in the service's own log, for an input of a process that is an event. */
  readonly position?: bigint;
  /** What went wrong, in one line. Nothing personal. */
  readonly error: string;
  /** When it was parked, ISO-8601 UTC. */
  readonly since: string;
  /** Messages of this key behind the one that failed. */
  readonly waiting: number;
}

/** All of a parked message, as it is stored. */
export interface InspectedMessage extends ParkedMessage {
  /** Personal fields sealed. */
  readonly data: JsonObject;
  readonly cause: Cause;
  /** Ids of those that wait, in their order; at most the first 100. */
  readonly waitingIds: readonly string[];
}

/** What a consumer has set aside, and what can be done about it. Beside the consumer, also while it runs, from any process. */
export interface ParkedMessages {
  /** At most `limit` (1 to 1,000), those behind `after` in key order; from the first key unless given. */
  readonly list: (limit: number, after?: string) => Promise<readonly ParkedMessage[]>;
  /** `undefined` when nothing is parked under the key. */
  readonly inspect: (key: string) => Promise<InspectedMessage | undefined>;
  /**
   * Hands over the message that failed and all that wait behind it, in order, each once; new ones of the key queue
   * up behind them meanwhile. Answers `undefined` when the key goes on as every other (or was not parked), else what
   * it is parked at: the same message, or a later one. Throws what the store throws; then the key is parked still.
   */
  readonly retry: (key: string) => Promise<ParkedMessage | undefined>;
  /**
   * As `retry`, but the message that failed is left out for good. It has to be named, so that of two who skip at once
   * nobody skips the next one: when another is first now, nothing is left out and nothing is tried.
   */
  readonly skip: (key: string, id: string) => Promise<ParkedMessage | undefined>;
}

/** Feeds old messages to one consumer again, under the ids that they had. */
export interface Replays {
  /**
   * Resolves when the replay has begun, also while the group runs. A second one of the same service replaces the
   * first. Throws as `replay` of the bus.
   */
  readonly begin: (request: {
    readonly service: string;
    readonly from: ReplayFrom;
  }) => Promise<ReplayProgress>;
  /** The last replay of each service since this process started. */
  readonly progress: () => readonly ReplayProgress[];
}

/** How far a consumer has come in one log. */
export interface ConsumerCheckpoint {
  /** Whose log; left out for the service's own. */
  readonly service?: string;
  readonly position: bigint;
}

/** What operators see of a reader with a checkpoint that is no read model: an inbox, a process. */
export interface OperableConsumer {
  /** As its runnable is called: `inbox/<group>`, `process/<name>`. */
  readonly name: string;
  /** One for each log that it reads; none on a bus where the broker keeps them. */
  readonly checkpoints: () => Promise<readonly ConsumerCheckpoint[]>;
  readonly parked: ParkedMessages;
  /** Absent for a process: it reads its own service's log. */
  readonly replays?: Replays;
}

/** A service as operators see it, beside its surface for everybody. */
export interface ServiceOperations {
  readonly store: EventStore;
  /** How each of its events is stored. */
  readonly codecs: readonly Pick<Codec<Message>, 'types' | 'schemas' | 'decode'>[];
  readonly readModels: readonly OperableReadModel[];
  readonly consumers: readonly OperableConsumer[];
  readonly timers: Timers;
}
