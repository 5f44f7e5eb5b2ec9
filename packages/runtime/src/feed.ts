import {
  type BusMessage,
  type Codec,
  type EventReader,
  type Feed,
  type JsonObject,
  type Message,
  matches,
  type Placed,
  type Query,
  type Recorded,
} from '@tidemark/core';
import { causedBy } from './cause.ts';
import { withinIdLength } from './encode-events.ts';
import { placeEvent } from './place-event.ts';
import { positionAt } from './position-at.ts';

export interface PublicMessage {
  readonly topic: string;
  readonly key: string;
  readonly data: JsonObject;
}

/** Which events become which public messages. Pure. */
export type MessagesOut<Event extends Message> = (
  placed: Placed<Event>,
) => readonly PublicMessage[];

/**
 * The log read as messages: what `out` says, and every event (sealed) on `<service>.log`. Ids are
 * `<event id>/<topic>`, so that a page read again gives the same messages; a second message of one event
 * on one topic has `/1` behind it. One that would be longer than an id may be is derived from that: every message id
 * can be a command id. What `out` is not asked about, for example the inputs of processes, is
 * only on `<service>.log`. `read` throws as the codec's `decodeSealed`.
 *
 * @example
 * const feed = createFeed({ service: 'flights', store, codec, out: messagesOut });
 */
export function createFeed<Event extends Message>(parts: {
  readonly service: string;
  readonly store: EventReader;
  readonly codec: Codec<Event>;
  readonly out: MessagesOut<Event>;
  /**
   * Categories of the events that `out` is asked about, all of which must be of the codec. Unless given, `out`
   * is asked about the codec's types wherever they are, and other types are passed over.
   */
  readonly categories?: readonly string[];
}): Feed {
  const { service, store, codec, out } = parts;
  const logTopic = `${service}.log`;
  const { categories } = parts;
  // In its own categories a type that the codec does not know is a fault: an older release that reads on
  // would lose messages without a word.
  const concerning = categories === undefined ? { types: codec.types } : { categories };

  const messagesOf = (recorded: Recorded, topics: ReadonlySet<string>): readonly BusMessage[] => {
    const logged = topics.has(logTopic) ? [loggedMessage(service, logTopic, recorded)] : [];
    const asksOut = topics.size > logged.length;
    if (!asksOut || !matches([concerning], recorded)) return logged;
    return [...logged, ...publicMessages(recorded, out(placeEvent(codec, recorded)), topics)];
  };

  return {
    service,
    read: async ({ after, limit, topics }) => {
      const asked = new Set(topics);
      const query: { query?: Query } = asked.has(logTopic) ? {} : { query: [concerning] };
      const page = await store.readLog({ after, limit, ...query, mayShare: true });
      const messages = page.events.flatMap((recorded) => messagesOf(recorded, asked));
      return { messages, scannedTo: page.scannedTo };
    },
    positionAt: (time) => positionAt(store, time),
    awaitNews: store.awaitNews,
  };
}

function publicMessages(
  recorded: Recorded,
  said: readonly PublicMessage[],
  topics: ReadonlySet<string>,
): readonly BusMessage[] {
  const repeats = new Map<string, number>();
  const messages: BusMessage[] = [];
  for (const { topic, key, data } of said) {
    if (!topics.has(topic)) continue;
    const before = repeats.get(topic) ?? 0;
    repeats.set(topic, before + 1);
    const id = messageId(recorded, before === 0 ? topic : `${topic}/${before}`);
    messages.push({ id, topic, key, time: recorded.recordedAt, data, cause: causedBy(recorded) });
  }
  return messages;
}

function messageId(recorded: Recorded, place: string): string {
  return withinIdLength(`${recorded.id}/${place}`, 0);
}

function loggedMessage(service: string, topic: string, recorded: Recorded): BusMessage {
  const { id: eventId, stream, type, revision, recordedAt, schema, data } = recorded;
  const position = String(recorded.position);
  return {
    id: messageId(recorded, topic),
    topic,
    key: stream,
    time: recordedAt,
    data: { service, stream, type, revision, position, eventId, recordedAt, schema, data },
    cause: causedBy(recorded),
  };
}
