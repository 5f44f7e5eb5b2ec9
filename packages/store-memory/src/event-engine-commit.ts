import {
  type AppendRequest,
  type AppendResult,
  assertWithinLimits,
  type JsonObject,
  type NewEvent,
  type Receipt,
  type Recorded,
  type StreamName,
  toStoredJson,
} from '@tidemark/core';
import { findBroken } from './event-engine-conditions.ts';
import type { MemoryStorage } from './event-engine-storage.ts';

/** A request whose events are copies that nobody else holds. */
interface Checked {
  readonly request: AppendRequest;
  readonly events: readonly NewEvent[];
}

/** Stores a batch. Everything that can fail comes before the first change. @throws EVENT_INVALID. */
export function commitBatch(
  storage: MemoryStorage,
  batch: readonly AppendRequest[],
  recordedAt: string,
): readonly AppendResult[] {
  const checked = batch.map((request) => ({ request, events: checkedEvents(request) }));
  return checked.map((one) => commitOne(storage, one, recordedAt));
}

function commitOne(storage: MemoryStorage, checked: Checked, recordedAt: string): AppendResult {
  const { commandId, fingerprint, conditions } = checked.request;
  const first = commandId === undefined ? undefined : storage.commands.get(commandId);
  if (first !== undefined) return { kind: 'duplicate', first };
  const broken = findBroken(storage, conditions);
  if (broken !== undefined) return { kind: 'conflict', ...broken };

  const revisions: Record<StreamName, number> = {};
  for (const event of checked.events) {
    revisions[event.stream] = place(storage, event, recordedAt).revision;
  }
  const position = BigInt(storage.log.length);
  const receipt: Receipt = {
    position,
    revisions,
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
  if (commandId !== undefined) storage.commands.set(commandId, receipt);
  return { kind: 'appended', ...receipt };
}

function place(storage: MemoryStorage, event: NewEvent, recordedAt: string): Recorded {
  const stream = storage.streams.get(event.stream) ?? [];
  const recorded = Object.freeze({
    ...event,
    revision: stream.length,
    position: BigInt(storage.log.length + 1),
    recordedAt,
  });
  if (stream.length === 0) storage.streams.set(event.stream, stream);
  stream.push(recorded);
  storage.log.push(recorded);
  return recorded;
}

function checkedEvents(request: AppendRequest): readonly NewEvent[] {
  assertWithinLimits(request);
  return request.events.map(checkedEvent);
}

function checkedEvent(event: NewEvent): NewEvent {
  const { id, stream, type, schema, tags = [] } = event;
  const data = frozenCopy(event.data, type);
  const cause = frozenCopy(event.cause, type);
  const body = { id, stream, type, schema, data, cause };
  return tags.length === 0 ? body : { ...body, tags: Object.freeze([...tags]) };
}

/** What a file would give back: JSON, without what JSON leaves out, and out of the caller's reach. */
function frozenCopy<Shape extends object>(value: Shape, type: string): Shape {
  const text = toStoredJson(value, type);
  return JSON.parse(text, (_key, part: JsonObject) => Object.freeze(part)) as Shape;
}
