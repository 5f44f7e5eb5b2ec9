import { createHash } from 'node:crypto';
import { type ErasedList, type EventEngine, Fault, isFault, type NewEvent } from '@tidemark/core';
import { createEventStore } from './event-store.ts';

/** Category and type are stored for ever. */
const STREAM = 'erased-subjects';
const TYPE = 'SubjectErased';

/**
 * The list of erased subjects as a log of its own, on any engine: it holds ids, and nothing personal. Keep it apart
 * from the keys and out of their backups. Closing it closes the engine.
 *
 * @example
 * const erased = createErasedList(await createSqliteEventEngine('./data.erased.db'));
 * const keys = await createKeys(storage, { secret, erased });
 */
export function createErasedList(engine: EventEngine): ErasedList {
  const store = createEventStore(engine);

  return {
    add: async (subjects) => {
      const added = subjects.map(async (subject) => {
        const event = toEvent(subject);
        // Known by its command id: who stands in the list already is not added again.
        await store.append({ commandId: event.id, events: [event], conditions: [] });
      });
      // Each is awaited, so that nothing is under way when a failure is told.
      for (const { status, ...failed } of await Promise.allSettled(added)) {
        if (status === 'rejected' && 'reason' in failed) throwKeysFault(failed.reason);
      }
    },
    read: async (after, limit) => {
      const { events, scannedTo } = await store.readLog({ after, limit }).catch(throwKeysFault);
      const erased = events.map(({ position, data }) => ({
        position,
        subject: String(data.subject),
      }));
      return { erased, scannedTo };
    },
    close: () => engine.close(),
  };
}

function toEvent(subject: string): NewEvent {
  const hash = createHash('sha256').update(JSON.stringify(subject)).digest('base64url');
  const id = `${STREAM}/${hash}`;
  const cause = { correlationId: id, causationId: id, actor: 'keys' };
  return { id, stream: STREAM, type: TYPE, schema: 1, data: { subject }, cause };
}

/** Repeating a call is harmless, so an outcome that is unknown is none. */
function throwKeysFault(error: unknown): never {
  if (isFault(error, 'STORE_UNAVAILABLE') || isFault(error, 'OUTCOME_UNKNOWN')) {
    throw new Fault('KEYS_UNAVAILABLE', 'the list of erased subjects did not answer', {
      cause: error,
    });
  }
  throw error;
}
