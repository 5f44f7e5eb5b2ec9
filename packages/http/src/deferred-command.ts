import {
  createCodec,
  type Decider,
  type Decision,
  type Erased,
  type JsonObject,
  type MessagesOf,
} from '@tidemark/core';
import type { Aggregate } from '@tidemark/runtime';
import { z } from 'zod';

/** A command that a client left to be carried out later. */
export interface DeferredRequest {
  readonly commandId: string;
  /** Whose data `request` counts as while it waits: a key of its own, deleted when it is settled. */
  readonly subject: string;
  readonly operation: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly expectedRevision?: number | 'none';
  readonly fingerprint?: string;
  /** `{params, query, body}` as JSON. Sealed as a whole: it may hold personal data. */
  readonly request: string | Erased;
}

/** What came of it: the answer that the client would have got. */
export interface DeferredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
}

export type DeferredCommand = MessagesOf<{ Defer: DeferredRequest; Settle: DeferredAnswer }>;

/** Stored for ever: change a payload only together with its version and an upcaster. */
export type DeferredEvent = MessagesOf<{
  CommandDeferred: DeferredRequest;
  CommandSettled: DeferredAnswer;
}>;

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

const deferred = z.object({
  commandId: z.string(),
  subject: z.string(),
  operation: z.string(),
  actor: z.string(),
  correlationId: z.string(),
  expectedRevision: z.union([z.number(), z.literal('none')]).optional(),
  fingerprint: z.string().optional(),
  request: z.unknown(),
});

const settled = z.object({
  status: z.number().int(),
  headers: z.record(z.string(), z.string()),
  body: z.record(z.string(), z.unknown()).optional(),
});

/** A deferred command: queued once, settled once. */
export const deferredAggregate: Aggregate<DeferredCommand, DeferredState, DeferredEvent, never> = {
  category: DEFERRED,
  decider,
  codec: createCodec<DeferredEvent>({
    CommandDeferred: {
      schema: 1,
      check: (data) => {
        deferred.parse(data);
      },
      personal: { request: 'subject' },
    },
    CommandSettled: {
      schema: 1,
      check: (data) => {
        settled.parse(data);
      },
    },
  }),
};
