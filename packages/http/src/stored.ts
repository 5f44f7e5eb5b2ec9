import {
  createCodec,
  type Erased,
  type JsonObject,
  type MessagesOf,
  storedAs,
} from '@tidemark/core';
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

export type DeferredEvent = MessagesOf<{
  CommandDeferred: DeferredRequest;
  CommandSettled: DeferredAnswer;
}>;

const text = z.string();

/** Stored for ever: a shape that changes is a new version behind the old one. */
export const deferredCodec = createCodec<DeferredEvent>({
  CommandDeferred: {
    ...storedAs(
      z.object({
        commandId: text,
        subject: text,
        operation: text,
        actor: text,
        correlationId: text,
        expectedRevision: z.union([z.number(), z.literal('none')]).exactOptional(),
        fingerprint: text.exactOptional(),
        request: z.object({ $subject: text, $sealed: text }),
      }),
    ),
    personal: { request: 'subject' },
  },
  CommandSettled: storedAs(
    z.object({
      status: z.number().int(),
      headers: z.record(text, text),
      body: z.record(text, z.unknown()).exactOptional(),
    }),
  ),
});
