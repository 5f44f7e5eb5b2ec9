import type { Codec, Message, Placed, Recorded } from '@tidemark/core';

/** A recorded event as read models and messages see it: today's shape, personal fields sealed. */
export function placeEvent<Event extends Message>(
  codec: Codec<Event>,
  recorded: Recorded,
): Placed<Event> {
  const { id, stream, revision, position, recordedAt, cause } = recorded;
  const event = codec.decodeSealed(recorded);
  return { id, stream, revision, position, recordedAt, cause, event };
}
