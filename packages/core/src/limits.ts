import type { AppendRequest, NewEvent } from './event-store.ts';
import { Fault } from './faults.ts';

/** What one append may hold. The same on every engine, so that a service can move. */
export const LIMITS = {
  eventsPerAppend: 1_000,
  conditionsPerAppend: 1_000,
  streamNameLength: 200,
  typeLength: 100,
  idLength: 200,
  tagsPerEvent: 16,
  tagLength: 120,
  /** Characters of `data` as JSON. */
  dataLength: 256 * 1_024,
} as const;

const STREAM_NAME = /^[a-z][a-z0-9_]*-[^\s]+$/;

/** Refuses a request that breaks a limit of the port. @throws EVENT_INVALID, saying which limit and which event. */
export function assertWithinLimits(request: AppendRequest): void {
  const { events, conditions, commandId } = request;
  if (events.length === 0) invalid('an append holds at least one event');
  if (events.length > LIMITS.eventsPerAppend) {
    invalid(`an append holds at most ${LIMITS.eventsPerAppend} events, found ${events.length}`);
  }
  if (conditions.length > LIMITS.conditionsPerAppend) {
    invalid(`at most ${LIMITS.conditionsPerAppend} conditions, found ${conditions.length}`);
  }
  if (commandId !== undefined) assertLength('command id', commandId, LIMITS.idLength);
  for (const condition of conditions) {
    if ('stream' in condition) assertStreamName(condition.stream);
  }
  for (const event of events) assertEvent(event);
}

function assertEvent(event: NewEvent): void {
  assertStreamName(event.stream);
  assertLength('event id', event.id, LIMITS.idLength);
  assertLength('event type', event.type, LIMITS.typeLength);
  if (!Number.isInteger(event.schema) || event.schema < 1) {
    invalid(`${event.type}: schema is a whole number from 1, found ${event.schema}`);
  }
  const tags = event.tags ?? [];
  if (tags.length > LIMITS.tagsPerEvent) {
    invalid(`${event.type}: at most ${LIMITS.tagsPerEvent} tags, found ${tags.length}`);
  }
  for (const tag of tags) assertLength('tag', tag, LIMITS.tagLength);
}

function assertStreamName(stream: string): void {
  assertLength('stream name', stream, LIMITS.streamNameLength);
  if (!STREAM_NAME.test(stream)) invalid(`"${stream}" is not <category>-<id>`);
}

function assertLength(what: string, text: string, limit: number): void {
  if (text.length === 0 || text.length > limit) {
    invalid(`${what}: 1 to ${limit} characters, found ${text.length}`);
  }
}

function invalid(message: string): never {
  throw new Fault('EVENT_INVALID', message);
}
