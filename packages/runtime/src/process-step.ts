import {
  type Cause,
  type Codec,
  type EventStore,
  Fault,
  type Keys,
  type Message,
  type NewEvent,
  type Process,
  type Reaction,
  type Receipt,
  type Recorded,
  type StoredBody,
  type StreamName,
  subjectsIn,
  type Timer,
} from '@tidemark/core';
import { causedBy } from './cause.ts';
import type { CommandContext } from './command.ts';
import { encodeEvents, forgettingKeys, withinIdLength } from './encode-events.ts';
import { deriveId } from './ids.ts';
import { toTimer } from './reminders.ts';
import { lastRevisionOf } from './state-cache.ts';
import { ringFor, type StreamFolds } from './stream-folds.ts';

/** Room for `.<n>` behind the command id of an input. */
const SUFFIX_LENGTH = 5;

export interface ProcessStepParts<Input extends Message, State, Command> {
  readonly store: EventStore;
  readonly keys: Keys;
  readonly process: Process<Input, State, Command>;
  readonly inputs: Codec<Input>;
  readonly folds: StreamFolds<State>;
  readonly send: (command: Command, context: CommandContext) => Promise<void>;
  /** Left out where there are no timers. */
  readonly setTimers: ((timers: readonly Timer[]) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
  /** Repeats one part of the step by the policy of the process. */
  readonly retrying: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** What means something to an instance of a process: an event, or a reminder that has come due. */
export interface ProcessInput<Input> {
  readonly instance: string;
  readonly input: Input;
  /** The same on every try; ids of the recorded input, of commands and of timers derive from it. */
  readonly sourceId: string;
  /** Of the recorded input. */
  readonly cause: Cause;
  /** When the event was recorded, as ISO-8601; reminders count from it. Left out for a reminder: then from its own recording. */
  readonly recordedAt?: string;
  /** The input as it is stored, where it has been encoded before. */
  readonly body?: StoredBody;
}

/** An input in the stream of its instance, and the state with it. */
interface RecordedInput<Input, State> {
  readonly instance: string;
  readonly input: Input;
  readonly state: State;
  readonly revision: number;
}

/**
 * Records an input once, sets the timers and sends the commands that follow from it. Repeating it sets the same
 * timers and sends the same commands under the same ids. Answers whether all of it is done; `false` when `signal`
 * aborted before.
 * @throws CAPABILITY_MISSING for a reminder where there are no timers, before anything is sent.
 */
export async function takeProcessStep<Input extends Message, State, Command>(
  parts: ProcessStepParts<Input, State, Command>,
  item: ProcessInput<Input>,
): Promise<boolean> {
  const { process, send, signal, retrying } = parts;
  const recorded = await retrying(() => recordInput(parts, item));
  if (recorded === 'dropped') return true;
  const reactions = process.react(recorded.state, recorded.input);
  const inputId = `${inputCommandId(process.name, item.sourceId)}.0`;
  const cause = causedBy({ id: inputId, cause: item.cause }, process.name);
  if (reactions.some(({ kind }) => kind === 'remind')) {
    const setTimers = assertTimers(parts);
    const reacted = { item, recorded, reactions, cause };
    await retrying(async () => setTimers(await timersOf(parts, reacted)));
  }
  for (const [index, reaction] of reactions.entries()) {
    if (reaction.kind !== 'send') continue;
    if (signal.aborted) return false;
    const commandId = deriveId(process.name, recorded.instance, item.sourceId, String(index));
    await retrying(() => send(reaction.command, { commandId, cause }));
  }
  return true;
}

function assertTimers<Input extends Message, State, Command>({
  process,
  setTimers,
}: ProcessStepParts<Input, State, Command>): (timers: readonly Timer[]) => Promise<void> {
  if (setTimers !== undefined) return setTimers;
  throw new Fault('CAPABILITY_MISSING', `${process.name}: reminders need timers`, {
    facts: { capability: 'timers' },
  });
}

async function timersOf<Input extends Message, State, Command>(
  parts: ProcessStepParts<Input, State, Command>,
  reacted: {
    readonly item: ProcessInput<Input>;
    readonly recorded: RecordedInput<Input, State>;
    readonly reactions: readonly Reaction<Input, Command>[];
    readonly cause: Cause;
  },
): Promise<readonly Timer[]> {
  const { item, recorded, reactions, cause } = reacted;
  const { instance } = recorded;
  const { sourceId } = item;
  const recordedAtMs = Date.parse(item.recordedAt ?? (await readInput(parts, recorded)).recordedAt);
  const timers: Timer[] = [];
  for (const [place, reaction] of reactions.entries()) {
    if (reaction.kind !== 'remind') continue;
    const { afterMs, input } = reaction;
    const request = { instance, sourceId, place, recordedAtMs, afterMs, input, cause };
    const timer = await toTimer(parts, request);
    if (timer !== undefined) timers.push(timer);
  }
  return timers;
}

async function recordInput<Input extends Message, State, Command>(
  parts: ProcessStepParts<Input, State, Command>,
  item: ProcessInput<Input>,
): Promise<RecordedInput<Input, State> | 'dropped'> {
  const { store, process, folds } = parts;
  const { instance } = item;
  const stream = streamOf(process, instance);
  const commandId = inputCommandId(process.name, item.sourceId);
  // Another replica that records an input wins a conflict, so one of them always gets on.
  for (;;) {
    const loaded = await folds.load(stream);
    if (process.isTerminal?.(loaded.state)) {
      const first = await store.findCommand(commandId);
      return first === undefined ? 'dropped' : recordedBefore(parts, first);
    }
    const events = await encodeInput(parts, item);
    const conditions = [{ stream, revision: lastRevisionOf(loaded) }];
    const result = await store.append({ commandId, events, conditions });
    if (result.kind === 'conflict') continue;
    if (result.kind === 'duplicate') return recordedBefore(parts, result.first);
    const { input, opened } = await asRecorded(parts, item, events);
    const state = process.evolve(loaded.state, input);
    const { position } = result;
    const revision = loaded.revision + 1;
    const subjects = opened.size === 0 ? loaded.subjects : new Set([...loaded.subjects, ...opened]);
    folds.remember(stream, { ...loaded, state, revision, position, subjects });
    return { instance, input, state, revision };
  }
}

async function encodeInput<Input extends Message, State, Command>(
  { keys, process, inputs: codec }: ProcessStepParts<Input, State, Command>,
  { instance, input, sourceId, cause, body }: ProcessInput<Input>,
): Promise<readonly NewEvent[]> {
  const stream = streamOf(process, instance);
  const commandId = inputCommandId(process.name, sourceId);
  if (body !== undefined) return [{ id: `${commandId}.0`, stream, cause, ...body }];
  const into = { codec, keys: forgettingKeys(keys), stream, commandId, cause };
  return (await encodeEvents([input], into)).events;
}

/** The input as it will be read from its stream: what is personal of somebody who was erased is not used either. */
async function asRecorded<Input extends Message, State, Command>(
  { keys, inputs: codec }: ProcessStepParts<Input, State, Command>,
  { input }: ProcessInput<Input>,
  [event]: readonly NewEvent[],
): Promise<{ readonly input: Input; readonly opened: ReadonlySet<string> }> {
  if (event === undefined || subjectsIn(event.data).size === 0) return { input, opened: new Set() };
  const ring = await ringFor(keys, [event]);
  return { input: codec.decode(event, ring), opened: new Set(ring.keys()) };
}

/** What was known when the input was recorded; what came after it must not change the answer. */
async function recordedBefore<Input extends Message, State, Command>(
  parts: ProcessStepParts<Input, State, Command>,
  first: Receipt,
): Promise<RecordedInput<Input, State>> {
  const { keys, process, inputs, folds } = parts;
  const [[name, revision] = ['', 0]] = Object.entries(first.revisions);
  const instance = name.slice(process.name.length + 1);
  const { state } = await folds.loadAt(streamOf(process, instance), revision - 1);
  const recorded = await readInput(parts, { instance, revision });
  const input = inputs.decode(recorded, await ringFor(keys, [recorded]));
  return { instance, input, state: process.evolve(state, input), revision };
}

async function readInput<Input extends Message, State, Command>(
  { store, process }: ProcessStepParts<Input, State, Command>,
  { instance, revision }: { readonly instance: string; readonly revision: number },
): Promise<Recorded> {
  const range = { from: revision, upTo: revision };
  for await (const page of store.readStream(streamOf(process, instance), range)) {
    for (const recorded of page) return recorded;
  }
  throw new Fault('LOG_CORRUPT', `${process.name}: a recorded input is not in its stream`);
}

function streamOf(process: { readonly name: string }, instance: string): StreamName {
  return `${process.name}-${instance}`;
}

function inputCommandId(process: string, sourceId: string): string {
  return withinIdLength(`${process}/${sourceId}`, SUFFIX_LENGTH);
}
