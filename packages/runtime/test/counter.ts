import {
  type Codec,
  createCodec,
  type Decider,
  type Erased,
  type JsonObject,
  type MessagesOf,
  reject,
  storedAs,
} from '@tidemark/core';
import type { Aggregate, CommandContext } from '../src/index.ts';

/** A small aggregate for tests: it counts up to a limit, and knows who owns it (personal). */
export type CounterEvent = MessagesOf<{
  Incremented: { by: number };
  Owned: { owner: string; name: string | Erased };
}>;
export type CounterCommand = MessagesOf<{
  Increment: { by: number; limit?: number };
  Own: { owner: string; name: string };
}>;
export type CounterReason = 'limit-reached';
export interface CounterState {
  readonly count: number;
  readonly name?: string | Erased;
}

function evolve(state: CounterState, event: CounterEvent): CounterState {
  if (event.type === 'Owned') return { ...state, name: event.data.name };
  return { ...state, count: state.count + event.data.by };
}

const decider: Decider<CounterCommand, CounterState, CounterEvent, CounterReason> = {
  initialState: { count: 0 },
  evolve,
  decide: (command, state) => {
    if (command.type === 'Own') return [{ type: 'Owned', data: command.data }];
    const { by, limit = Number.POSITIVE_INFINITY } = command.data;
    if (by === 0) return [];
    if (state.count + by > limit) return reject('limit-reached', { limit });
    return [{ type: 'Incremented', data: { by } }];
  },
};

function parseIncrement({ by }: JsonObject): { by: number } {
  if (typeof by !== 'number') throw new TypeError('by is a number');
  return { by };
}

export const counterCodec: Codec<CounterEvent> = createCodec<CounterEvent>({
  Incremented: storedAs({ parse: parseIncrement }),
  Owned: { ...storedAs({ parse: (data) => data as never }), personal: { name: 'owner' } },
});

export const counter: Aggregate<CounterCommand, CounterState, CounterEvent, CounterReason> = {
  category: 'counter',
  codec: counterCodec,
  decider,
};

export function increment(by: number, limit?: number): CounterCommand {
  return { type: 'Increment', data: limit === undefined ? { by } : { by, limit } };
}

let commands = 0;

/** A command of its own id, unless given. */
export function asked(parts: Partial<CommandContext> = {}): CommandContext {
  commands += 1;
  return {
    commandId: `command-${commands}`,
    cause: { correlationId: 'correlation-1', causationId: 'request-1', actor: 'tester' },
    ...parts,
  };
}
