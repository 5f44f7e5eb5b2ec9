import { createCodec, type JsonObject, type MessagesOf } from '@tidemark/core';
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

/** Stored for ever: change a payload only together with its version and an upcaster. */
export type AuditEvent = MessagesOf<{ EventLogged: LoggedEvent }>;

const logged = z.object({
  service: z.string(),
  stream: z.string(),
  type: z.string(),
  revision: z.number().int(),
  position: z.string(),
  eventId: z.string(),
  recordedAt: z.string(),
  schema: z.number().int(),
  data: z.record(z.string(), z.unknown()),
});

export const auditCodec = createCodec<AuditEvent>({
  EventLogged: {
    schema: 1,
    check: (data) => {
      logged.parse(data);
    },
  },
});
