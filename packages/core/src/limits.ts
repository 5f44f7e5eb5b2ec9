import type { AppendRequest, Condition, LogPageRequest, NewEvent } from './event-store.ts';
import { Fault } from './faults.ts';

/** What one append may hold, one page, and a row of a read model. The same on every engine, so that a service can move. */
export const LIMITS = {
  eventsPerAppend: 1_000,
  conditionsPerAppend: 1_000,
  streamNameLength: 200,
  typeLength: 100,
  idLength: 200,
  /** The highest version of a shape. */
  schema: 2 ** 31 - 1,
  tagsPerEvent: 16,
  tagLength: 120,
  /** Characters of `data` as JSON. */
  dataLength: 256 * 1_024,
  eventsPerPage: 10_000,
  /**
   * Bytes of UTF-8 that a row key and the fields of one index have together. A third of a page is what an entry of
   * PostgreSQL's B-tree may take, 2,704 bytes, and a byte of text may take two there.
   */
  indexEntryBytes: 1_200,
} as const;

/** Control characters and halves of characters: an engine would cut short, replace or take for a separator. */
const UNKEEPABLE = /[\p{Cc}\p{Surrogate}]/u;

/** Nothing unkeepable either: every append asks for its streams, and one look is cheaper than two. */
const STREAM_NAME = /^[a-z][a-z0-9_]*-[^\s\p{Cc}\p{Surrogate}]+$/u;

/** Refuses a request that breaks a limit of the port. @throws EVENT_INVALID, saying which limit and which event. */
export function assertWithinLimits(request: AppendRequest): void {
  const { events, conditions, commandId, fingerprint } = request;
  if (events.length === 0) invalid('an append holds at least one event');
  if (events.length > LIMITS.eventsPerAppend) {
    invalid(`an append holds at most ${LIMITS.eventsPerAppend} events, found ${events.length}`);
  }
  if (conditions.length > LIMITS.conditionsPerAppend) {
    invalid(`at most ${LIMITS.conditionsPerAppend} conditions, found ${conditions.length}`);
  }
  if (commandId !== undefined) assertText('command id', commandId, LIMITS.idLength);
  if (fingerprint !== undefined) assertText('fingerprint', fingerprint, LIMITS.idLength);
  for (const condition of conditions) assertCondition(condition);
  for (const event of events) assertEvent(event);
}

function assertCondition(condition: Condition): void {
  if ('stream' in condition) {
    assertStreamName(condition.stream);
    return;
  }
  if (condition.after < 0n)
    invalid(`a condition looks behind 0n or more, found ${condition.after}n`);
  for (const { categories = [], types = [], tags = [] } of condition.nothingMatches) {
    for (const text of [...categories, ...types, ...tags]) assertKeepable('query', text);
  }
}

function assertEvent(event: NewEvent): void {
  assertStreamName(event.stream);
  assertText('event id', event.id, LIMITS.idLength);
  assertText('event type', event.type, LIMITS.typeLength);
  if (!Number.isInteger(event.schema) || event.schema < 1 || event.schema > LIMITS.schema) {
    invalid(
      `${event.type}: schema is a whole number from 1 to ${LIMITS.schema}, found ${event.schema}`,
    );
  }
  const tags = event.tags ?? [];
  if (tags.length > LIMITS.tagsPerEvent) {
    invalid(`${event.type}: at most ${LIMITS.tagsPerEvent} tags, found ${tags.length}`);
  }
  for (const tag of tags) assertText('tag', tag, LIMITS.tagLength);
}

function assertStreamName(stream: string): void {
  assertLength('stream name', stream, LIMITS.streamNameLength);
  if (STREAM_NAME.test(stream)) return;
  assertKeepable('stream name', stream);
  invalid(`"${stream}" is not <category>-<id>`);
}

function assertText(what: string, text: string, limit: number): void {
  assertLength(what, text, limit);
  assertKeepable(what, text);
}

function assertLength(what: string, text: string, limit: number): void {
  if (text.length > 0 && text.length <= limit) return;
  invalid(`${what}: 1 to ${limit} characters, found ${text.length}`);
}

/** Whether a name, an id or a tag can be that: what cannot is never stored, so looking for it finds nothing. */
export function isKeepable(text: string): boolean {
  return !UNKEEPABLE.test(text);
}

/** Refuses a page that no engine reads. @throws RangeError. */
export function assertLogPage({ after, limit }: LogPageRequest): void {
  const most = LIMITS.eventsPerPage;
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw new RangeError(`a page holds 1 to ${most} events, asked for ${limit}`);
  }
  if (after < 0n) throw new RangeError(`a page begins behind 0n or more, asked for ${after}n`);
}

function assertKeepable(what: string, text: string): void {
  if (!isKeepable(text)) invalid(`${what}: holds a control character or half a surrogate pair`);
}

/**
 * The JSON under which an engine keeps an object. Leaves out what JSON leaves out.
 *
 * @throws EVENT_INVALID when it is no JSON object, or longer than `LIMITS.dataLength`.
 * @example
 * toStoredJson({ by: 2 }, 'Added'); // '{"by":2}'
 */
export function toStoredJson(value: object, what: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new Fault('EVENT_INVALID', `${what}: not JSON`, { cause });
  }
  if (text === undefined || !text.startsWith('{')) invalid(`${what}: not a JSON object`);
  if (text.length > LIMITS.dataLength) {
    invalid(`${what}: at most ${LIMITS.dataLength} characters of JSON, found ${text.length}`);
  }
  return text;
}

function invalid(message: string): never {
  throw new Fault('EVENT_INVALID', message);
}
