import {
  type Codec,
  type EventStore,
  Fault,
  type Keys,
  type Message,
  type Placed,
  type Process,
  type Receipt,
  type StreamName,
} from '@tidemark/core';
import { causedBy } from './cause.ts';
import type { CommandContext } from './command.ts';
import { encodeEvents, withinIdLength } from './encode-events.ts';
import { deriveId } from './ids.ts';
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
  readonly signal: AbortSignal;
  /** Repeats one part of the step by the policy of the process. */
  readonly retrying: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** An event that means something to an instance of a process. */
export interface ProcessInput<Input> {
  readonly instance: string;
  readonly input: Input;
  /** The event it was made from. */
  readonly source: Pick<Placed<Message>, 'id' | 'position' | 'cause'>;
}

/** An input in the stream of its instance, and the state with it. */
interface RecordedInput<Input, State> {
  readonly instance: string;
  readonly input: Input;
  readonly state: State;
}

/**
 * Records an input once, and sends the commands that follow from it. Repeating it sends the same
 * commands under the same ids. Answers whether all of it is done; `false` when `signal` aborted before.
 * @throws CAPABILITY_MISSING for a reminder, before anything is sent.
 */
export async function takeProcessStep<Input extends Message, State, Command>(
  parts: ProcessStepParts<Input, State, Command>,
  item: ProcessInput<Input>,
): Promise<boolean> {
  const { process, send, signal, retrying } = parts;
  const { source } = item;
  const recorded = await retrying(() => recordInput(parts, item));
  if (recorded === 'dropped') return true;
  const commands = process.react(recorded.state, recorded.input).map((reaction) => {
    if (reaction.kind === 'send') return reaction.command;
    throw new Fault('CAPABILITY_MISSING', `${process.name}: reminders need timers`, {
      facts: { capability: 'timers' },
    });
  });
  const inputId = inputCommandId(process.name, source.id);
  const cause = causedBy({ id: `${inputId}.0`, cause: source.cause }, process.name);
  for (const [index, command] of commands.entries()) {
    if (signal.aborted) return false;
    const commandId = deriveId(process.name, recorded.instance, source.id, String(index));
    await retrying(() => send(command, { commandId, cause }));
  }
  return true;
}

async function recordInput<Input extends Message, State, Command>(
  parts: ProcessStepParts<Input, State, Command>,
  item: ProcessInput<Input>,
): Promise<RecordedInput<Input, State> | 'dropped'> {
  const { store, process, folds, keys, inputs: codec } = parts;
  const { instance, input, source } = item;
  const stream: StreamName = `${process.name}-${instance}`;
  const commandId = inputCommandId(process.name, source.id);
  const cause = causedBy(source, process.name);
  // Another replica that records an input wins a conflict, so one of them always gets on.
  for (;;) {
    const loaded = await folds.load(stream);
    if (process.isTerminal?.(loaded.state)) {
      const first = await store.findCommand(commandId);
      return first === undefined ? 'dropped' : recordedBefore(parts, first);
    }
    const { events } = await encodeEvents([input], { codec, keys, stream, commandId, cause });
    const conditions = [{ stream, revision: lastRevisionOf(loaded) }];
    const result = await store.append({ commandId, events, conditions });
    if (result.kind === 'conflict') continue;
    if (result.kind === 'duplicate') return recordedBefore(parts, result.first);
    const state = process.evolve(loaded.state, input);
    const { position } = result;
    folds.remember(stream, { ...loaded, state, revision: loaded.revision + 1, position });
    return { instance, input, state };
  }
}

/** What was known when the input was recorded; what came after it must not change the answer. */
async function recordedBefore<Input extends Message, State, Command>(
  { store, keys, process, inputs, folds }: ProcessStepParts<Input, State, Command>,
  first: Receipt,
): Promise<RecordedInput<Input, State>> {
  for (const [name, revision] of Object.entries(first.revisions)) {
    const stream = name as StreamName;
    const instance = name.slice(process.name.length + 1);
    const { state } = await folds.loadAt(stream, revision - 1);
    for await (const page of store.readStream(stream, { from: revision, upTo: revision })) {
      const ring = await ringFor(keys, page);
      for (const recorded of page) {
        const input = inputs.decode(recorded, ring);
        return { instance, input, state: process.evolve(state, input) };
      }
    }
  }
  throw new Fault('LOG_CORRUPT', `${process.name}: a recorded input is not in its stream`);
}

function inputCommandId(process: string, sourceId: string): string {
  return withinIdLength(`${process}/${sourceId}`, SUFFIX_LENGTH);
}
