import type { Cause, JsonObject } from './message.ts';
import type { Runnable } from './ports.ts';
import type { Checkpoints } from './read-model-engine.ts';

/** A public message: what other services may rely on. Its shape lives in `contracts/`; personal fields stay sealed. */
export interface BusMessage {
  /** Id of the event it was made from, with the topic; no longer than a command id may be. Consumers drop ids they have seen. */
  readonly id: string;
  /** `<service>.<name>.v<major>`, or `<service>.log`. */
  readonly topic: string;
  /** Messages of one key arrive in the order they were published. */
  readonly key: string;
  /** ISO-8601 UTC, when the fact was recorded. */
  readonly time: string;
  readonly data: JsonObject;
  readonly cause: Cause;
}

export interface FeedPage {
  readonly messages: readonly BusMessage[];
  /** How far the publisher's log was read, also when it held no public message. */
  readonly scannedTo: bigint;
}

/** A service's log read as public messages: the outbox is the log itself. */
export interface Feed {
  /** Name of the publishing service: what stands before the first dot of its topics. */
  readonly service: string;
  readonly read: (page: {
    readonly after: bigint;
    readonly limit: number;
    /** Only messages of these topics. */
    readonly topics: readonly string[];
  }) => Promise<FeedPage>;
  /**
   * Position of the first event that was recorded at that time (ISO-8601) or later, by the clock of the publisher's
   * store; one behind the last where there is none.
   */
  readonly positionAt: (time: string) => Promise<bigint>;
  readonly awaitNews: (after: bigint, signal: AbortSignal) => Promise<void>;
}

/** Sends a batch to a broker; resolves once the broker has all of it on disk. May deliver twice. */
export type Publish = (batch: readonly BusMessage[]) => Promise<void>;

/** One consumer group. */
export interface Subscription {
  /** Unique name; members of one group share the work. Stored: keep it. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Where the group keeps how far it has come, on a bus that reads feeds. */
  readonly checkpoints: Checkpoints;
  /** Messages in order for each key, at least once. They are done when it resolves; it is asked again when it rejects. */
  readonly handle: (messages: readonly BusMessage[]) => Promise<void>;
}

/** From where old messages are fed again: a position in the publisher's log, or an ISO-8601 time. Inclusive. */
export type ReplayFrom = { readonly position: bigint } | { readonly time: string };

/** Old messages of one service for one group, and for no other. */
export interface ReplayRequest {
  readonly group: string;
  /** The publisher. */
  readonly service: string;
  readonly from: ReplayFrom;
}

/** A replay that has begun. */
export interface ReplayProgress {
  /** Whose messages. */
  readonly service: string;
  /** First position of its log that is fed again. */
  readonly from: bigint;
  /** Where it ends: how far the group had come. Below `from` when there is nothing to feed again. */
  readonly upTo: bigint;
  /** How far it has come. */
  readonly position: bigint;
  /** Messages fed again so far; with the last of them may come some that are new. */
  readonly messages: number;
  readonly done: boolean;
}

/** What carries public messages between services. */
export interface MessageBus {
  /**
   * Takes in a service's feed; answers what has to run so that its messages flow. A broker runs the
   * relay it is given; a bus whose consumers read the feed themselves needs nothing.
   */
  readonly offer: (feed: Feed, relay: (publish: Publish) => Runnable) => readonly Runnable[];
  readonly consume: (subscription: Subscription) => Runnable;
  /**
   * Feeds old messages to one group again, under the ids that they had and in order for each key, also while it
   * runs. Resolves when that has begun. A bus that reads feeds sets the group's checkpoint back; a broker publishes
   * them to the group's queue alone, where the publisher runs.
   *
   * @throws CONFIGURATION_INVALID for a group that is not here, does not listen to the service, or a service whose
   * feed is not here.
   */
  readonly replay: (request: ReplayRequest) => Promise<ReplayProgress>;
  /** The last replay of each service to that group, since this process started. */
  readonly replays: (group: string) => readonly ReplayProgress[];
  /** How far the group has come with each service; empty where a broker keeps that. */
  readonly progress: (group: string) => Promise<ReadonlyMap<string, bigint>>;
  readonly close: () => Promise<void>;
}
