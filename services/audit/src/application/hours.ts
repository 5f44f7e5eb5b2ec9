import type { ReadModel } from '@tidemark/core';
import type { AuditEvent } from '../stored.ts';

/**
 * Which part of the audit log holds the events recorded in one hour. Entries arrive a little out of the
 * order of time (services commit side by side, and audit may catch up late), so a time is not a position:
 * this turns one into the other exactly, at a row an hour.
 */
export interface Hour {
  /** `2026-11-21T08`, UTC. */
  readonly hour: string;
  readonly firstPosition: number;
  readonly lastPosition: number;
}

/** The hour of an ISO-8601 UTC time. */
export function hourOf(time: string): string {
  return time.slice(0, 13);
}

export const hours: ReadModel<AuditEvent, Hour> = {
  name: 'hours',
  version: 1,
  categories: ['entry'],
  indexes: { hour: ['hour'] },
  key: (placed) => [hourOf(placed.event.data.recordedAt)],
  evolve: (row, placed, hour) => ({
    hour,
    firstPosition: row?.firstPosition ?? Number(placed.position),
    lastPosition: Number(placed.position),
  }),
};
