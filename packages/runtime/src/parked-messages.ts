import {
  type Cause,
  Fault,
  type JsonObject,
  type ParkedItem,
  type ParkedKey,
  type Parking,
} from '@tidemark/core';
import { concernsAll, errorLine } from './aside.ts';
import { createLanes } from './lanes.ts';
import type { InspectedMessage, ParkedMessage, ParkedMessages } from './operations.ts';

const WAITING_SHOWN = 100;
const NOT_TRIED = 'not tried yet: a retry ended before it';

/** What a list shows of what lies in an item. */
export type ParkedSummary = Pick<ParkedMessage, 'type' | 'time' | 'position'>;

interface Parts {
  /** Left out where nothing can be parked. */
  readonly parking: Parking | undefined;
  /** Name of the reader. */
  readonly reader: string;
  readonly summaryOf: (item: ParkedItem) => ParkedSummary;
  /** All of the message, personal fields sealed. */
  readonly read: (
    item: ParkedItem,
  ) => Promise<{ readonly data: JsonObject; readonly cause: Cause }>;
  /** Handles the message once, as the reader would. */
  readonly handle: (item: ParkedItem) => Promise<void>;
}

/**
 * Beside a reader, in this process or another. A message is taken off only after it was handled, so a crash repeats
 * one and loses none; while one is there, the reader lets new ones wait behind it.
 */
export function createParkedMessages(parts: Parts): ParkedMessages {
  const { parking, reader } = parts;
  if (parking === undefined) {
    const missing = async (): Promise<never> => {
      throw new Fault('CAPABILITY_MISSING', `${reader}: no place to park messages`);
    };
    return { list: async () => [], inspect: async () => undefined, retry: missing, skip: missing };
  }
  const place = { ...parts, parking };
  // Two who retry one key here take turns: the second finds what the first left.
  const lanes = createLanes(Number.POSITIVE_INFINITY);

  return {
    list: async (limit, after) =>
      (await parking.list(reader, limit, after)).map((parked) => messageOf(parts, parked)),
    inspect: (key) => inspect(place, key),
    retry: (key) => lanes.run(key, () => handleAll(place, key)),
    skip: (key, id) =>
      lanes.run(key, async () => {
        if (await parking.remove(reader, key, id)) return handleAll(place, key);
        const parked = await parking.find(reader, key);
        return parked && messageOf(parts, parked);
      }),
  };
}

type Place = Parts & { readonly parking: Parking };

/** Until nothing is left under the key, or one fails. */
async function handleAll(parts: Place, key: string): Promise<ParkedMessage | undefined> {
  const { parking, reader, handle } = parts;
  for (;;) {
    const parked = await parking.find(reader, key);
    if (parked === undefined) return undefined;
    const { id } = parked.first;
    try {
      await handle(parked.first);
    } catch (error) {
      if (concernsAll(error)) throw error;
      const line = errorLine(error);
      // Somebody else may have handled or skipped it meanwhile.
      if (!(await parking.note(reader, key, { id, error: line }))) continue;
      return messageOf(parts, { ...parked, error: line });
    }
    await parking.remove(reader, key, id);
  }
}

async function inspect(parts: Place, key: string): Promise<InspectedMessage | undefined> {
  const { parking, reader, read } = parts;
  const parked = await parking.find(reader, key);
  if (parked === undefined) return undefined;
  const waitingIds = await parking.waitingIds(reader, key, WAITING_SHOWN);
  const { data, cause } = await read(parked.first);
  return { ...messageOf(parts, parked), data, cause, waitingIds };
}

function messageOf({ summaryOf }: Parts, parked: ParkedKey): ParkedMessage {
  const { key, first, since, error = NOT_TRIED, waiting } = parked;
  return { key, id: first.id, ...summaryOf(first), error, since, waiting };
}
