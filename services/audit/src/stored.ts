import { createCodec, type JsonObject, type MessagesOf, storedAs } from '@tidemark/core';
import { z } from 'zod';

/** What audit keeps of an event of another service. Personal fields stay sealed, as they came. */
export interface LoggedEvent {
  readonly service: string;
  readonly stream: string;
  readonly type: string;
  readonly revision: number;
  /** Place in the log of its service, a decimal string. */
  readonly position: string;
  readonly eventId: string;
  readonly recordedAt: string;
  readonly schema: number;
  readonly data: JsonObject;
}

export type AuditEvent = MessagesOf<{ EventLogged: LoggedEvent }>;

const text = z.string();

/** Stored for ever: a shape that changes is a new version behind the old one. */
export const auditCodec = createCodec<AuditEvent>({
  EventLogged: storedAs(
    // Compiled: it is looked at on every read.
    z.compile(
      z.object({
        service: text,
        stream: text,
        type: text,
        revision: z.number().int(),
        position: text,
        eventId: text,
        recordedAt: text,
        schema: z.number().int(),
        data: z.record(text, z.unknown()),
      }),
    ),
  ),
});
