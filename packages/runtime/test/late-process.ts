import { createCodec, type Erased, type MessagesOf, type Process, storedAs } from '@tidemark/core';

/**
 * Asks to be reminded `by` milliseconds after a counter moved, then nudges; a move back ends it. The reminder
 * after 5,000 asks for another, 1,000 later.
 */
export type LateInput = MessagesOf<{
  Moved: { counter: string; by: number };
  Late: { counter: string; by: number; name: string | Erased };
}>;
export type LateOrder = MessagesOf<{
  Nudge: { counter: string; by: number; name: string | Erased };
}>;
export interface LateState {
  readonly nudges: number;
  readonly ended: boolean;
}

export const lateProcess: Process<LateInput, LateState, LateOrder> = {
  name: 'late',
  initialState: { nudges: 0, ended: false },
  evolve: (state, { type, data }) => {
    if (type === 'Late') return { ...state, nudges: state.nudges + 1 };
    return data.by < 0 ? { ...state, ended: true } : state;
  },
  correlate: ({ data }) => data.counter,
  isTerminal: ({ ended }) => ended,
  react: (_state, { type, data }) => {
    const { counter, by } = data;
    const remindAfter = (afterMs: number) => {
      const input = { type: 'Late', data: { counter, by: afterMs, name: 'Ada' } } as const;
      return { kind: 'remind', afterMs, input } as const;
    };
    if (type === 'Moved') return by > 0 ? [remindAfter(by)] : [];
    const nudge = { kind: 'send', command: { type: 'Nudge', data } } as const;
    return by === 5_000 ? [nudge, remindAfter(1_000)] : [nudge];
  },
};

const anything = storedAs({ parse: (data) => data as never });

/** The name in a reminder is personal: of the subject that the counter's id names. */
export const lateInputs = createCodec<LateInput>({
  Moved: anything,
  Late: { ...anything, personal: { name: 'counter' } },
});
