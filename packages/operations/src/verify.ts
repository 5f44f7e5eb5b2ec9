import { isFault, type KeyRing, type Recorded, type StoreCheck } from '@tidemark/core';
import type { ServiceOperations } from '@tidemark/runtime';
import type { TaskContext } from './tasks.ts';

const EVENTS_PER_PAGE = 1_000;
const NO_KEYS: KeyRing = new Map();

/** What a verification found. */
export interface Verification {
  readonly verdict: 'sound' | 'damaged';
  readonly events: number;
  readonly streams: number;
  readonly checks: readonly StoreCheck[];
}

/**
 * Reads the whole log of a service and looks at what reading cannot show. Damage is a verdict; only what keeps it
 * from looking is thrown. Reading: every row's checksum, that positions count on from 1, that the revisions of each
 * stream count on from 0, and that the service can read what it stored: shapes, lifted to those of today.
 */
export async function verifyLog(
  { store, codecs }: Pick<ServiceOperations, 'store' | 'codecs'>,
  { signal, onProgress }: TaskContext,
): Promise<Verification> {
  const total = Number(await store.head().catch(nothingIfDamaged));
  const reading = createReading(codecs);
  let after = 0n;
  try {
    for (;;) {
      signal.throwIfAborted();
      onProgress({ step: 'reading the log', done: Number(after), total });
      const page = await store.readLog({ after, limit: EVENTS_PER_PAGE });
      for (const event of page.events) reading.take(event);
      if (page.scannedTo === after) break;
      after = page.scannedTo;
    }
  } catch (error) {
    if (!isFault(error, 'LOG_CORRUPT')) throw error;
    reading.stoppedBy(`behind position ${after}: ${error.message}`);
  }
  onProgress({ step: 'checking the store', done: Number(after), total });
  const checks = [...reading.checks(), ...((await store.verify?.(signal)) ?? [])];
  const verdict = checks.every(({ isSound }) => isSound) ? 'sound' : 'damaged';
  return { verdict, ...reading.counts(), checks };
}

/** The head is read from an intact row only; where it is not, the log is read as far as it goes. */
function nothingIfDamaged(error: unknown): bigint {
  if (isFault(error, 'LOG_CORRUPT')) return 0n;
  throw error;
}

interface Reading {
  readonly take: (event: Recorded) => void;
  readonly stoppedBy: (why: string) => void;
  readonly checks: () => readonly StoreCheck[];
  readonly counts: () => Pick<Verification, 'events' | 'streams'>;
}

function createReading(codecs: ServiceOperations['codecs']): Reading {
  /** The next revision of each stream. */
  const next = new Map<string, number>();
  const shapes = createShapes(codecs);
  let events = 0;
  let gap: string | undefined;
  let disorder: string | undefined;
  let stop: string | undefined;

  return {
    take: (event) => {
      const { position, stream, revision } = event;
      events += 1;
      if (position !== BigInt(events)) gap ??= `position ${events} is missing`;
      const expected = next.get(stream) ?? 0;
      if (revision !== expected) disorder ??= `${stream} has ${revision} where ${expected} belongs`;
      next.set(stream, revision + 1);
      shapes.take(event);
    },
    stoppedBy: (why) => {
      stop = why;
    },
    checks: () => [
      judged('every row matches its checksum', stop, `${events} events`),
      judged('positions have no gap', gap, `1 to ${events}`),
      judged('revisions of each stream have no gap', disorder, `${next.size} streams`),
      shapes.check(),
    ],
    counts: () => ({ events, streams: next.size }),
  };
}

/** Events are lifted and checked as on every read; sealed values stay sealed. */
function createShapes(codecs: ServiceOperations['codecs']) {
  const codecOf = new Map(codecs.flatMap((codec) => codec.types.map((type) => [type, codec])));
  const unreadable = new Map<string, number>();
  /** Of types that no codec of the service has: what the framework stores beside them, for example deferred commands. */
  const others = new Map<string, number>();
  const count = (counts: Map<string, number>, what: string): void => {
    counts.set(what, (counts.get(what) ?? 0) + 1);
  };
  return {
    take: (event: Recorded): void => {
      const codec = codecOf.get(event.type);
      if (codec === undefined) count(others, event.type);
      try {
        codec?.decode(event, NO_KEYS);
      } catch (error) {
        if (!isFault(error)) throw error;
        count(unreadable, `${event.type} ${error.code}`);
      }
    },
    check: (): StoreCheck => {
      const wrong = unreadable.size === 0 ? undefined : describe(unreadable);
      const beside = others.size === 0 ? '' : `; not looked into: ${describe(others)}`;
      return judged('every event has its shape', wrong, `${codecOf.size} types${beside}`);
    },
  };
}

function judged(check: string, wrong: string | undefined, detail: string): StoreCheck {
  return { check, isSound: wrong === undefined, detail: wrong ?? detail };
}

function describe(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, count]) => `${what} (${count})`).join(', ');
}
