import type { Decider, Decision, MessagesOf } from '@tidemark/core';
import type { Aggregate } from '@tidemark/runtime';
import {
  type DeferredAnswer,
  type DeferredEvent,
  type DeferredRequest,
  deferredCodec,
} from './stored.ts';

export type DeferredCommand = MessagesOf<{ Defer: DeferredRequest; Settle: DeferredAnswer }>;

export type DeferredState =
  | { readonly status: 'unknown' }
  | { readonly status: 'queued'; readonly request: DeferredRequest }
  | { readonly status: 'settled'; readonly subject: string; readonly answer: DeferredAnswer };

/** Category of the streams, one for each deferred command. */
export const DEFERRED = 'deferred';

function decide(command: DeferredCommand, state: DeferredState): Decision<DeferredEvent, never> {
  switch (command.type) {
    case 'Defer':
      return state.status === 'unknown' ? [{ type: 'CommandDeferred', data: command.data }] : [];
    case 'Settle':
      return state.status === 'queued' ? [{ type: 'CommandSettled', data: command.data }] : [];
  }
}

function evolve(state: DeferredState, event: DeferredEvent): DeferredState {
  if (event.type === 'CommandDeferred') return { status: 'queued', request: event.data };
  if (state.status !== 'queued') return state;
  return { status: 'settled', subject: state.request.subject, answer: event.data };
}

const decider: Decider<DeferredCommand, DeferredState, DeferredEvent, never> = {
  initialState: { status: 'unknown' },
  decide,
  evolve,
};

/** A deferred command: queued once, settled once. */
export const deferredAggregate: Aggregate<DeferredCommand, DeferredState, DeferredEvent, never> = {
  category: DEFERRED,
  decider,
  codec: deferredCodec,
};
