import {
  type AppendRequest,
  assertWithinLimits,
  Fault,
  LIMITS,
  type NewEvent,
  type StreamName,
} from '@tidemark/core';

import type { CommandMark } from './event-rows.ts';
import { keyOfCommand, keyOfTag } from './posting-tail.ts';

/** Characters that a TEXT column would cut short or replace. */
const UNKEEPABLE = /[\0\p{Surrogate}]/u;

/** An event whose JSON and index keys are ready, made before the write lock is taken. */
export interface EncodedEvent {
  readonly stream: StreamName;
  readonly type: string;
  readonly schema: number;
  readonly id: string;
  readonly data: string;
  readonly meta: string;
  readonly tagKeys: readonly number[];
}

export interface EncodedRequest {
  readonly request: AppendRequest;
  readonly events: readonly EncodedEvent[];
  /** Under which the command id is indexed. */
  readonly commandKey: number | undefined;
}

/** Checks the limits of the port and writes the JSON. @throws EVENT_INVALID. */
export function encodeRequest(request: AppendRequest): EncodedRequest {
  assertWithinLimits(request);
  if (request.commandId !== undefined) assertKeepable('command id', request.commandId);
  if (request.fingerprint !== undefined) assertKeepable('fingerprint', request.fingerprint);
  const mark = markOf(request);
  return {
    request,
    events: request.events.map((event, place) =>
      encodeEvent(event, place === 0 ? mark : undefined),
    ),
    commandKey: mark === undefined ? undefined : keyOfCommand(mark.id),
  };
}

function markOf({ commandId: id, fingerprint, events }: AppendRequest): CommandMark | undefined {
  if (id === undefined) return undefined;
  const mark = { id, events: events.length };
  return fingerprint === undefined ? mark : { ...mark, fingerprint };
}

function encodeEvent(event: NewEvent, command: CommandMark | undefined): EncodedEvent {
  const { stream, type, schema, id, cause, tags = [] } = event;
  assertKeepable('stream name', stream);
  assertKeepable('event type', type);
  assertKeepable('event id', id);
  for (const tag of tags) assertKeepable('tag', tag);
  const data = toJson(event.data, type);
  // JSON leaves out what is undefined.
  const meta = toJson({ cause, tags: tags.length === 0 ? undefined : tags, command }, type);
  return { stream, type, schema, id, data, meta, tagKeys: tags.map(keyOfTag) };
}

function toJson(value: object, type: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new Fault('EVENT_INVALID', `${type}: not JSON`, { cause });
  }
  if (text === undefined || !text.startsWith('{')) {
    throw new Fault('EVENT_INVALID', `${type}: not a JSON object`);
  }
  if (text.length > LIMITS.dataLength) {
    throw new Fault('EVENT_INVALID', `${type}: at most ${LIMITS.dataLength} characters of JSON`);
  }
  return text;
}

function assertKeepable(what: string, text: string): void {
  if (!UNKEEPABLE.test(text)) return;
  throw new Fault('EVENT_INVALID', `${what}: holds a NUL character or half a surrogate pair`);
}
