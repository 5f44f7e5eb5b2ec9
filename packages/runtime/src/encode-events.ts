import {
  type Cause,
  type Codec,
  ERASED,
  type KeyRing,
  type Keys,
  LIMITS,
  type Message,
  type NewEvent,
  type StreamName,
} from '@tidemark/core';
import { deriveId } from './ids.ts';

/** Room that `.<n>` needs behind a command id. */
const SUFFIX_LENGTH = 5;

/** Events as they go into the store, and the subjects whose values were sealed in them. */
export interface Encoded {
  readonly events: readonly NewEvent[];
  readonly subjects: readonly string[];
}

/**
 * Encodes what a command decided. Ids are `<commandId>.<n>`, the same on every try.
 * @throws SUBJECT_ERASED when a data subject has been erased.
 */
export async function encodeEvents<Event extends Message>(
  events: readonly Event[],
  parts: {
    readonly codec: Codec<Event>;
    readonly keys: Pick<Keys, 'ensure'>;
    readonly stream: StreamName;
    readonly commandId: string;
    readonly cause: Cause;
  },
): Promise<Encoded> {
  const { codec, keys, stream, commandId, cause } = parts;
  const subjects = [...new Set(events.flatMap(codec.subjectsOf))];
  const ring: KeyRing = subjects.length === 0 ? new Map() : await keys.ensure(subjects);
  const idRoot = withinIdLength(commandId, SUFFIX_LENGTH);
  return {
    events: events.map((event, place) => {
      const { type, schema, data, tags } = codec.encode(event, ring);
      const id = `${idRoot}.${place}`;
      return { id, stream, type, schema, data, ...(tags !== undefined && { tags }), cause };
    }),
    subjects,
  };
}

/**
 * Keys for what must be written whoever was erased meanwhile, as the inputs of a process: what an erased subject's
 * key seals is stored without its value, and is `ERASED` when read.
 */
export function forgettingKeys(keys: Pick<Keys, 'ensure'>): Pick<Keys, 'ensure'> {
  return {
    ensure: async (subjects) => {
      const ring = new Map(await keys.ensure(subjects));
      for (const $subject of subjects) {
        if (ring.has($subject)) continue;
        ring.set($subject, { seal: () => ({ $subject, $sealed: '' }), open: () => ERASED });
      }
      return ring;
    },
  };
}

/** The id itself while it fits an id of the store with `room` to spare, else one derived from it. */
export function withinIdLength(id: string, room: number): string {
  return id.length + room <= LIMITS.idLength ? id : deriveId(id);
}
