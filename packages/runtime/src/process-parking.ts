import {
  type EventReader,
  Fault,
  type JsonObject,
  type ParkedItem,
  type Recorded,
  type Timer,
} from '@tidemark/core';
import type { ParkedSummary } from './parked-messages.ts';
import { reminderOf } from './reminders.ts';

/**
 * What is kept of an input that is set aside: of an event its place, because the log keeps it for good; a reminder
 * whole, because its timer is cancelled.
 */
type ParkedInputBody = { readonly type: string; readonly time: string } & (
  | { readonly position: string }
  | { readonly timer: Timer }
);

/** What an input was made from. */
export type ParkedInput = { readonly event: Recorded } | { readonly timer: Timer };

/** An event that is set aside. */
export function itemOfEvent({ id, position, type, recordedAt }: Recorded): ParkedItem {
  return { id, body: { type, time: recordedAt, position: String(position) } };
}

/** A reminder that is set aside; `time` is when it was due. */
export function itemOfTimer(timer: Timer): ParkedItem {
  const { type } = reminderOf(timer).body;
  const time = new Date(timer.dueAtMs).toISOString();
  return { id: `timer/${timer.id}`, body: { type, time, timer } };
}

export function summaryOfInput({ body }: ParkedItem): ParkedSummary {
  const input = bodyOf(body);
  const { type, time } = input;
  return 'timer' in input ? { type, time } : { type, time, position: BigInt(input.position) };
}

/** @throws LOG_CORRUPT when the event is not where it was. */
export async function readParkedInput(
  store: Pick<EventReader, 'readLog'>,
  { id, body }: ParkedItem,
): Promise<ParkedInput> {
  const input = bodyOf(body);
  if ('timer' in input) return { timer: input.timer };
  const position = BigInt(input.position);
  const { events } = await store.readLog({ after: position - 1n, limit: 1 });
  const [event] = events;
  if (event !== undefined && event.id === id && event.position === position) return { event };
  throw new Fault('LOG_CORRUPT', `a parked event is not at position ${position} of the log`);
}

function bodyOf(body: JsonObject): ParkedInputBody {
  return body as JsonObject & ParkedInputBody;
}
