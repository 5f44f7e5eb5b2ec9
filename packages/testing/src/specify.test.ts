import { AssertionError } from 'node:assert';
import { type Decider, type MessagesOf, reject } from '@tidemark/core';
import { describe, expect, test } from 'vitest';
import { specify } from './specify.ts';

type DoorEvent = MessagesOf<{ Opened: { by: string }; Closed: object }>;
type DoorCommand = MessagesOf<{ Open: { by: string }; Close: object }>;

const door: Decider<DoorCommand, boolean, DoorEvent, 'already-open'> = {
  initialState: false,
  evolve: (_open, event) => event.type === 'Opened',
  decide: (command, open) => {
    if (command.type === 'Close') return open ? [{ type: 'Closed', data: {} }] : [];
    if (open) return reject('already-open', { by: command.data.by });
    return [{ type: 'Opened', data: { by: command.data.by } }];
  },
};
const opened: DoorEvent = { type: 'Opened', data: { by: 'ann' } };
const open: DoorCommand = { type: 'Open', data: { by: 'ann' } };
const close: DoorCommand = { type: 'Close', data: {} };

describe('a specification that is met', () => {
  test('passes for recorded events', () => {
    specify(door).given().when(open).records(opened);
  });
  test('passes for a rejection, with or without its details', () => {
    specify(door).given(opened).when(open).rejects('already-open');
    specify(door).given(opened).when(open).rejects('already-open', { by: 'ann' });
  });
  test('passes when nothing changes', () => {
    specify(door).given().when(close).changesNothing();
  });
});

describe('a specification that is not met', () => {
  test('fails when other events are recorded', () => {
    const other: DoorEvent = { type: 'Opened', data: { by: 'bob' } };
    expect(() => specify(door).given().when(open).records(other)).toThrow(AssertionError);
    expect(() => specify(door).given().when(close).records(other)).toThrow(AssertionError);
    expect(() => specify(door).given(opened).when(open).records(opened)).toThrow(AssertionError);
  });
  test('fails when the rejection is missing or its details differ', () => {
    expect(() => specify(door).given().when(open).rejects('already-open')).toThrow(AssertionError);
    expect(() =>
      specify(door).given(opened).when(open).rejects('already-open', { by: 'bob' }),
    ).toThrow(AssertionError);
  });
  test('fails when something changes that should not', () => {
    expect(() => specify(door).given().when(open).changesNothing()).toThrow(AssertionError);
    expect(() => specify(door).given(opened).when(open).changesNothing()).toThrow(AssertionError);
  });
  test('refuses an empty list of expected events, which would say nothing', () => {
    expect(() => specify(door).given().when(close).records()).toThrow('changesNothing()');
  });
});
