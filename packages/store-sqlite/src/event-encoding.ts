import {
  type AppendRequest,
  assertWithinLimits,
  type NewEvent,
  type StreamName,
  toStoredJson,
} from '@tidemark/core';

import type { CommandMark } from './event-rows.ts';
import { keyOfCommand, keyOfTag } from './posting-tail.ts';

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
  const data = toStoredJson(event.data, type);
  // JSON leaves out what is undefined.
  const meta = toStoredJson({ cause, tags: tags.length === 0 ? undefined : tags, command }, type);
  return { stream, type, schema, id, data, meta, tagKeys: tags.map(keyOfTag) };
}
