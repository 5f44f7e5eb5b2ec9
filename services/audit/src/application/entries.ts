import type { JsonObject, Placed, ReadModel } from '@tidemark/core';
import type { AuditEvent } from '../stored.ts';

/** One line of the audit log. */
export interface Entry {
  /** Place in the audit log. A number, so that the index orders it; below 2^53. */
  readonly position: number;
  readonly service: string;
  readonly stream: string;
  readonly type: string;
  readonly revision: number;
  readonly servicePosition: string;
  readonly eventId: string;
  readonly recordedAt: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly data: JsonObject;
}

/** The line that a recorded event is. */
export function toEntry(placed: Placed<AuditEvent>): Entry {
  const { service, stream, type, revision, position, eventId, recordedAt, data } =
    placed.event.data;
  return {
    position: Number(placed.position),
    service,
    stream,
    type,
    revision,
    servicePosition: position,
    eventId,
    recordedAt,
    actor: placed.cause.actor,
    correlationId: placed.cause.correlationId,
    causationId: placed.cause.causationId,
    data,
  };
}

/** Every line, under each filter that the audit page offers. */
export const entries: ReadModel<AuditEvent, Entry> = {
  name: 'entries',
  version: 1,
  categories: ['entry'],
  indexes: {
    all: ['position'],
    service: ['service', 'position'],
    stream: ['stream', 'position'],
    type: ['type', 'position'],
    actor: ['actor', 'position'],
    correlation: ['correlationId', 'position'],
  },
  key: (placed) => [String(placed.position)],
  evolve: (_row, placed) => toEntry(placed),
};
