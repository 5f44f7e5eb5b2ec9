import {
  type EventStore,
  fold,
  isFault,
  isRejection,
  isRetryable,
  type Keys,
  type Message,
  type Receipt,
  type StreamName,
} from '@tidemark/core';
import type { Aggregate, CommandContext, CommandHandler, CommandOutcome } from './command.ts';
import { type Encoded, encodeEvents } from './encode-events.ts';
import { createLanes } from './lanes.ts';
import { type FoldedStream, lastRevisionOf } from './state-cache.ts';
import { createStreamFolds, type StreamFolds } from './stream-folds.ts';
import type { SnapshotOptions } from './stream-snapshots.ts';

const ATTEMPTS = 5;
const CACHE_SIZE = 10_000;

interface Parts<Command, State, Event extends Message> {
  readonly store: EventStore;
  readonly keys: Keys;
  readonly aggregate: Aggregate<Command, State, Event>;
  readonly folds: StreamFolds<State>;
}

/** One command on its way: what stays the same over all tries. */
interface Order<Command> {
  readonly stream: StreamName;
  readonly command: Command;
  readonly context: CommandContext;
}

/**
 * Handles commands of one aggregate: load, decide, append under the condition that nobody wrote in
 * between, and again when somebody did. A state in memory is first decided on as it is, because the
 * condition tells whether it was the newest; every other answer is made on what the stream holds now. Commands on one stream wait for each other in this process;
 * between processes the condition decides. `handle` throws the store's faults, `OUTCOME_UNKNOWN` among
 * them: the same command id may then be sent again, and is stored at most once.
 *
 * @example
 * const flights = createCommandHandler({ store, keys, aggregate: flightAggregate });
 * const outcome = await flights.handle('7f3c', { type: 'Depart' }, { commandId, cause });
 */
export function createCommandHandler<
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
  /** Where folded streams are kept; unless given, a stream that is not in memory is folded from its beginning. */
  readonly snapshots?: SnapshotOptions;
}): CommandHandler<Command, State, Reason> {
  const { store, keys, aggregate } = parts;
  const { category, codec, decider } = aggregate;
  const cacheSize = parts.cacheSize ?? CACHE_SIZE;
  const { snapshots } = parts;
  const folds = createStreamFolds({
    ...{ store, keys, codec, view: decider, cacheSize },
    ...(snapshots && { snapshots }),
  });
  const lanes = createLanes(Number.POSITIVE_INFINITY);
  const attempts = parts.attempts ?? ATTEMPTS;
  const inner: Parts<Command, State, Event> = { store, keys, aggregate, folds };

  return {
    handle: (id, command, context) => {
      const order: Order<Command> = { stream: `${category}-${id}`, command, context };
      // The reasons of this aggregate's decider are all that a rejection can hold.
      return lanes.run(order.stream, () => handle(inner, order, attempts)) as Promise<
        CommandOutcome<Reason>
      >;
    },
    load: async (id) => {
      const folded = await folds.load(`${category}-${id}`);
      return { state: folded.state, revision: lastRevisionOf(folded) };
    },
  };
}

async function handle<Command, State, Event extends Message>(
  parts: Parts<Command, State, Event>,
  order: Order<Command>,
  attempts: number,
): Promise<CommandOutcome> {
  const accepted = await tryKnown(parts, order);
  if (accepted !== undefined) return accepted;
  const most = order.context.expectedRevision === undefined ? attempts : 1;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await tryOnce(parts, order).catch((error) => unlessStored(parts, order, error));
    if (outcome.status !== 'conflicted') return outcome;
    if (attempt >= most) return { ...outcome, attempts: attempt };
  }
}

/**
 * Decides on the state in memory without a look at the store: that look would cost more than the append. Answers only
 * what the store has confirmed; `undefined` when the state was not there, is out of date, or leads to no append.
 */
async function tryKnown<Command, State, Event extends Message>(
  parts: Parts<Command, State, Event>,
  order: Order<Command>,
): Promise<CommandOutcome | undefined> {
  const { expectedRevision } = order.context;
  // Where the stream is said to be new, that is known of it.
  const unwritten = expectedRevision === 'none' ? parts.folds.unwritten : undefined;
  const known = (await parts.folds.known(order.stream)) ?? unwritten;
  if (known === undefined) return undefined;
  if ((expectedRevision ?? lastRevisionOf(known)) !== lastRevisionOf(known)) return undefined;
  const decision = decideOrNothing(parts.aggregate, order.command, known.state);
  if (isRejection(decision) || decision.length === 0) return undefined;
  const outcome = await record(parts, order, { loaded: known, decision }).catch(unlessInvalid);
  return outcome?.status === 'accepted' || outcome?.status === 'mismatched' ? outcome : undefined;
}

/** On a state that is out of date may be decided what no store takes. */
function unlessInvalid(error: unknown): undefined {
  if (!isFault(error, 'EVENT_INVALID')) throw error;
}

/** A state that is out of date may be one in which the command was never meant to be decided. */
function decideOrNothing<Command, State, Event extends Message>(
  { decider }: Aggregate<Command, State, Event>,
  command: Command,
  state: State,
): ReturnType<typeof decider.decide> {
  try {
    return decider.decide(command, state);
  } catch {
    return [];
  }
}

async function tryOnce<Command, State, Event extends Message>(
  parts: Parts<Command, State, Event>,
  order: Order<Command>,
): Promise<CommandOutcome> {
  const { stream, command, context } = order;
  const loaded = await parts.folds.load(stream);
  const revision = lastRevisionOf(loaded);
  const { expectedRevision } = context;
  if (expectedRevision !== undefined && expectedRevision !== revision) {
    return unlessRepeated(parts.store, order, {
      status: 'conflicted',
      actual: revision,
      attempts: 1,
    });
  }
  const decision = parts.aggregate.decider.decide(command, loaded.state);
  if (isRejection(decision)) {
    const { rejected: reason, details } = decision;
    const no: CommandOutcome = { status: 'rejected', reason, ...(details && { details }) };
    return unlessRepeated(parts.store, order, no);
  }
  if (decision.length === 0) {
    const { position } = loaded;
    return unlessRepeated(parts.store, order, { status: 'unchanged', revision, position });
  }
  return record(parts, order, { loaded, decision });
}

async function record<Command, State, Event extends Message>(
  parts: Parts<Command, State, Event>,
  order: Order<Command>,
  decided: { readonly loaded: FoldedStream<State>; readonly decision: readonly Event[] },
): Promise<CommandOutcome> {
  const { stream, context } = order;
  const { commandId, fingerprint } = context;
  const { loaded, decision } = decided;
  const encoded = await encodeUnlessRepeated(parts, order, decision);
  if ('status' in encoded) return encoded;
  const result = await parts.store.append({
    commandId,
    ...(fingerprint !== undefined && { fingerprint }),
    events: encoded.events,
    conditions: [{ stream, revision: lastRevisionOf(loaded) }],
  });
  if (result.kind === 'duplicate') return asBefore(result.first, order);
  if (result.kind === 'conflict') {
    const actual = typeof result.actual === 'bigint' ? lastRevisionOf(loaded) : result.actual;
    return { status: 'conflicted', actual, attempts: 1 };
  }
  const { position } = result;
  const revision = loaded.revision + decision.length;
  const state = fold(parts.aggregate.decider, decision, loaded.state);
  const subjects =
    encoded.subjects.length === 0
      ? loaded.subjects
      : new Set([...loaded.subjects, ...encoded.subjects]);
  const lastEventId = encoded.events.at(-1)?.id;
  parts.folds.remember(stream, { ...loaded, state, revision, position, subjects }, lastEventId);
  return { status: 'accepted', revision, position, repeated: false };
}

/** What brings personal data of somebody who was erased is refused, unless it was accepted before that. */
async function encodeUnlessRepeated<Command, State, Event extends Message>(
  { store, keys, aggregate }: Parts<Command, State, Event>,
  order: Order<Command>,
  decision: readonly Event[],
): Promise<Encoded | CommandOutcome> {
  const { stream, context } = order;
  try {
    return await encodeEvents(decision, {
      codec: aggregate.codec,
      keys,
      stream,
      commandId: context.commandId,
      cause: { ...context.cause, causationId: context.commandId },
    });
  } catch (error) {
    if (!isFault(error, 'SUBJECT_ERASED')) throw error;
    return unlessRepeated(store, order, { status: 'rejected', reason: 'subject-erased' });
  }
}

/** The state has moved on since a command was accepted; asked again, it is answered as the first time. */
async function unlessRepeated<Command, Otherwise extends CommandOutcome | undefined>(
  store: EventStore,
  order: Order<Command>,
  otherwise: Otherwise,
): Promise<CommandOutcome | Otherwise> {
  const first = await store.findCommand(order.context.commandId);
  return first === undefined ? otherwise : asBefore(first, order);
}

/** The state that has moved on may also be one on which nothing can be decided, or nothing that can be stored. */
async function unlessStored<Command, State, Event extends Message>(
  { store }: Parts<Command, State, Event>,
  order: Order<Command>,
  error: unknown,
): Promise<CommandOutcome> {
  const outcome = isRetryable(error) ? undefined : await unlessRepeated(store, order, undefined);
  if (outcome === undefined) throw error;
  return outcome;
}

function asBefore<Command>(first: Receipt, { stream, context }: Order<Command>): CommandOutcome {
  const revision = first.revisions[stream];
  const { fingerprint } = context;
  const differs = fingerprint !== undefined && fingerprint !== first.fingerprint;
  if (revision === undefined || differs) return { status: 'mismatched' };
  return { status: 'accepted', revision, position: first.position, repeated: true };
}
