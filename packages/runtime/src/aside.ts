import {
  type Clock,
  Fault,
  type FaultCode,
  isFault,
  type Logger,
  type ParkedItem,
  type Parking,
  type ParkRequest,
} from '@tidemark/core';
import { batched } from './batched.ts';
import { describeError } from './describe-error.ts';
import type { FailurePolicy } from './retry.ts';

const ERROR_LENGTH = 500;
/** What a reader sets aside before it stops and asks for a person. */
const MOST: ParkRequest['most'] = { ofKey: 1_000, ofReader: 10_000 };

/** What is broken for every message alike: none of them is to blame, and it may pass by itself. */
const OF_ALL: readonly FaultCode[] = [
  ...(['STORE_UNAVAILABLE', 'STORE_FULL', 'OUTCOME_UNKNOWN', 'KEYS_UNAVAILABLE'] as const),
  ...(['CAPABILITY_MISSING', 'CONFIGURATION_INVALID', 'PARKING_FULL'] as const),
];

/** Where a reader puts messages that it cannot handle, and those that must not overtake them. */
export interface Aside {
  /** Those among the keys that are parked. */
  readonly parkedAmong: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
  /**
   * Lets messages wait where their key is parked; durable when it resolves. Answers whether they do.
   * @throws PARKING_FULL
   */
  readonly wait: (key: string, items: () => readonly ParkedItem[]) => Promise<boolean>;
  /**
   * Sets messages aside, the first of which failed for good; durable when it resolves. Throws the error itself where
   * the policy is to stop, and where the message is not to blame. @throws PARKING_FULL
   */
  readonly giveUp: (key: string, items: readonly ParkedItem[], error: unknown) => Promise<void>;
}

export interface AsideParts {
  /** Left out where nothing can be parked. */
  readonly parking: Parking | undefined;
  /** Name of the reader. */
  readonly reader: string;
  readonly policy: FailurePolicy;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

interface Asked {
  readonly key: string;
  isParked: boolean;
}

/** @throws CAPABILITY_MISSING when the policy is to park and there is no place for it. */
export function createAside(parts: AsideParts): Aside {
  const { parking, reader, policy, clock, log } = parts;
  if (parking === undefined) {
    if (policy.giveUp === 'park') {
      throw new Fault('CAPABILITY_MISSING', `${reader}: no place to park messages`);
    }
    const none = async () => new Set<string>();
    return { parkedAmong: none, wait: async () => false, giveUp: (_, __, error) => fail(error) };
  }
  // Every message asks; who asks at the same time is answered by one look.
  const look = batched<Asked>(async (asked) => {
    const parked = await parking.parkedAmong(reader, [...new Set(asked.map(({ key }) => key))]);
    for (const one of asked) one.isParked = parked.has(one.key);
  });
  const park = async (request: Omit<ParkRequest, 'reader' | 'at' | 'most'>) => {
    const at = new Date(clock.now()).toISOString();
    const answer = await parking.park({ ...request, reader, at, most: MOST });
    if (answer === 'full') throw fullFault(reader, request.key);
    return answer === 'parked';
  };

  return {
    parkedAmong: (keys) => parking.parkedAmong(reader, keys),
    wait: async (key, items) => {
      const asked: Asked = { key, isParked: false };
      await look([asked]);
      // Between the look and this, all may have been handled: then nothing has to wait any more.
      return asked.isParked && (await park({ key, items: items() }));
    },
    giveUp: async (key, items, error) => {
      if (policy.giveUp === 'stop' || concernsAll(error)) throw error;
      const line = errorLine(error);
      await park({ key, items, error: line });
      log.error('message parked', { key, id: items[0]?.id, error: line });
    },
  };
}

/** Whether an error says nothing of the message that met it. */
export function concernsAll(error: unknown): boolean {
  return OF_ALL.some((code) => isFault(error, code));
}

/** An error as it is kept with what is parked. */
export function errorLine(error: unknown): string {
  return describeError(error).slice(0, ERROR_LENGTH);
}

function fullFault(reader: string, key: string): Fault {
  return new Fault(
    'PARKING_FULL',
    `${reader}: at most ${MOST.ofKey} messages are parked under a key and ${MOST.ofReader} in all`,
    { facts: { reader, key, ...MOST } },
  );
}

function fail(error: unknown): Promise<never> {
  return Promise.reject(error);
}
