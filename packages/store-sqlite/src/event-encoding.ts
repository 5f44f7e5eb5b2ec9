import {
  type AppendRequest,
  assertWithinLimits,
  type Cause,
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
  const metaOf = createMetaText();
  return {
    request,
    events: request.events.map((event, place) => {
      const { stream, type, schema, id, tags = [] } = event;
      const data = toStoredJson(event.data, type);
      const meta = metaOf(event, place === 0 ? mark : undefined);
      return { stream, type, schema, id, data, meta, tagKeys: tags.map(keyOfTag) };
    }),
    commandKey: mark === undefined ? undefined : keyOfCommand(mark.id),
  };
}

function markOf({ commandId: id, fingerprint, events }: AppendRequest): CommandMark | undefined {
  if (id === undefined) return undefined;
  const mark = { id, events: events.length };
  return fingerprint === undefined ? mark : { fingerprint, ...mark };
}

/** Most events of a request share one cause and have no tags, so that text is written once. */
function createMetaText(): (event: NewEvent, command: CommandMark | undefined) => string {
  let lastCause: Cause | undefined;
  let last = '';
  return ({ cause, tags = [], type }, command) => {
    if (tags.length > 0 || command !== undefined) {
      // JSON leaves out what is undefined.
      const some = tags.length === 0 ? undefined : tags;
      return toStoredJson({ cause, tags: some, command }, type);
    }
    if (cause !== lastCause) last = toStoredJson({ cause }, type);
    lastCause = cause;
    return last;
  };
}
