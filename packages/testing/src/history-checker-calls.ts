import {
  type AppendRequest,
  type AppendResult,
  type EventStore,
  isFault,
  type LogPageRequest,
  type Recorded,
  type StreamName,
  type StreamRange,
} from '@tidemark/core';

/** When a call was under way: nanoseconds of one clock that all clients share, such as `process.hrtime.bigint()`. */
export interface Span {
  readonly invokedAt: bigint;
  /** Later than `invokedAt`; of a call without an answer, the time when it was given up. */
  readonly respondedAt: bigint;
}

/** What is kept of an event that a client read. */
export type Seen = Pick<Recorded, 'id' | 'stream' | 'revision' | 'position'>;

export interface AppendCall extends Span {
  readonly kind: 'append';
  /** Its event ids are those of no other append, except of one that repeats it. */
  readonly request: AppendRequest;
  /** `refused`: a fault that says that nothing was stored. `unknown`: any other, or no answer. */
  readonly outcome: AppendResult | 'refused' | 'unknown';
}

export interface LogCall extends Span {
  readonly kind: 'read-log';
  readonly page: LogPageRequest;
  readonly seen: readonly Seen[];
  readonly scannedTo: bigint;
}

export interface StreamCall extends Span {
  readonly kind: 'read-stream';
  readonly stream: StreamName;
  readonly range: StreamRange;
  readonly seen: readonly Seen[];
}

export interface HeadCall extends Span {
  readonly kind: 'head';
  readonly head: bigint;
}

/** What a client did and was told. */
export type HistoryCall = AppendCall | LogCall | StreamCall | HeadCall;

/** A store whose calls are written down. */
export interface RecordedStore {
  /** Answers the outcome; never rejects. */
  readonly append: (request: AppendRequest) => Promise<AppendCall['outcome']>;
  readonly readLog: (page: LogPageRequest) => Promise<LogCall>;
  /** All pages. */
  readonly readStream: (stream: StreamName, range?: StreamRange) => Promise<StreamCall>;
  readonly head: () => Promise<bigint>;
}

/**
 * Writes down every call of a client, for `checkHistory`.
 *
 * @param calls Where to; several clients may share it.
 *
 * @example
 * const calls: HistoryCall[] = [];
 * await recordCalls(createEventStore(engine), calls).append(request);
 */
export function recordCalls(store: EventStore, calls: HistoryCall[]): RecordedStore {
  const now = () => process.hrtime.bigint();
  const keep = <Call extends HistoryCall>(call: Call): Call => {
    calls.push(call);
    return call;
  };
  return {
    append: async (request) => {
      const invokedAt = now();
      const outcome = await store.append(request).catch(outcomeOf);
      return keep({ kind: 'append', invokedAt, respondedAt: now(), request, outcome }).outcome;
    },
    readLog: async (page) => {
      const invokedAt = now();
      const { events, scannedTo } = await store.readLog(page);
      const seen = events.map(seenOf);
      return keep({ kind: 'read-log', invokedAt, respondedAt: now(), page, seen, scannedTo });
    },
    readStream: async (stream, range = {}) => {
      const invokedAt = now();
      const seen: Seen[] = [];
      for await (const page of store.readStream(stream, range)) seen.push(...page.map(seenOf));
      return keep({ kind: 'read-stream', invokedAt, respondedAt: now(), stream, range, seen });
    },
    head: async () => {
      const invokedAt = now();
      const head = await store.head();
      return keep({ kind: 'head', invokedAt, respondedAt: now(), head }).head;
    },
  };
}

/** A call as one line of text, for clients in other processes. */
export function writeCall(call: HistoryCall): string {
  return JSON.stringify(call, (_, value: unknown) =>
    typeof value === 'bigint' ? { $bigint: String(value) } : value,
  );
}

/** The call that `writeCall` was given. */
export function readCall(line: string): HistoryCall {
  return JSON.parse(line, (_, value: unknown) =>
    typeof value === 'object' && value !== null && '$bigint' in value
      ? BigInt(String(value.$bigint))
      : value,
  ) as HistoryCall;
}

function outcomeOf(error: unknown): 'refused' | 'unknown' {
  return isFault(error) && error.code !== 'OUTCOME_UNKNOWN' ? 'refused' : 'unknown';
}

function seenOf({ id, stream, revision, position }: Recorded): Seen {
  return { id, stream, revision, position };
}
