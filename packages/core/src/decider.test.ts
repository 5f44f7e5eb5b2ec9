import { describe, expect, test } from 'vitest';
import { type Decider, type Decision, fold, isRejection, reject } from './decider.ts';
import type { MessagesOf } from './message.ts';

type Event = MessagesOf<{ Added: { by: number } }>;
type Command = MessagesOf<{ Add: { by: number } }>;

function decide(command: Command, state: number): Decision<Event, 'too-much'> {
  const { by } = command.data;
  if (by === 0) return [];
  return state + by > 10 ? reject('too-much', { most: 10 }) : [{ type: 'Added', data: { by } }];
}

const sum: Decider<Command, number, Event, 'too-much'> = {
  initialState: 0,
  decide,
  evolve: (state, event) => state + event.data.by,
};

describe('a decider', () => {
  test('folds events over its initial state, or over a later one', () => {
    const events: Event[] = [
      { type: 'Added', data: { by: 2 } },
      { type: 'Added', data: { by: 3 } },
    ];
    expect(fold(sum, events)).toBe(5);
    expect(fold(sum, events, 4)).toBe(9);
  });

  test('answers events, nothing, or a rejection with its details', () => {
    expect(sum.decide({ type: 'Add', data: { by: 4 } }, 0)).toEqual([
      { type: 'Added', data: { by: 4 } },
    ]);
    expect(sum.decide({ type: 'Add', data: { by: 0 } }, 0)).toEqual([]);
    const no = sum.decide({ type: 'Add', data: { by: 4 } }, 9);
    expect(no).toEqual({ rejected: 'too-much', details: { most: 10 } });
    expect(isRejection(no)).toBe(true);
    expect(isRejection([])).toBe(false);
  });
});
