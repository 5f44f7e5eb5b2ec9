import type {
  AppendRequest,
  AppendResult,
  EventEngine,
  LogPageRequest,
  Receipt,
  Recorded,
  StreamName,
  StreamRange,
} from '@tidemark/core';
import { expect } from 'vitest';

/** A fresh, empty store, opened for one case. */
export interface EventEngineSubject {
  readonly engine: EventEngine;
  /** Closes the engine and opens another on the same storage. */
  readonly reopen?: () => Promise<EventEngine>;
  /** Opens another engine on the same storage, beside the first. `close` closes it too. */
  readonly openSecond?: () => Promise<EventEngine>;
  /** Closes all and removes the storage. */
  readonly close: () => Promise<void>;
}

/** One promise of the port. Throws when the engine breaks it, so that a broken twin can be shown to fail it. */
export interface EventEngineCase {
  /** A sentence about behaviour. */
  readonly name: string;
  /** Left out where the subject cannot do this. */
  readonly needs?: 'reopen' | 'openSecond';
  readonly run: (subject: EventEngineSubject) => Promise<void>;
}

/** The answer to a batch of one. */
export async function commitOne(
  engine: EventEngine,
  request: AppendRequest,
): Promise<AppendResult> {
  const results = await engine.commit([request]);
  expect(results).toHaveLength(1);
  return results[0] as AppendResult;
}

/** Appends and expects to be accepted. */
export async function store(engine: EventEngine, request: AppendRequest): Promise<Receipt> {
  const result = await commitOne(engine, request);
  expect(result.kind).toBe('appended');
  return receiptOf(result);
}

/** The receipt inside an accepted or repeated answer. */
export function receiptOf(result: AppendResult): Receipt {
  if (result.kind === 'conflict') throw new Error('a conflict has no receipt');
  if (result.kind === 'duplicate') return result.first;
  const { kind: _, ...receipt } = result;
  return receipt;
}

/** All pages of a stream as one list. */
export async function readWhole(
  engine: EventEngine,
  stream: StreamName,
  range?: StreamRange,
): Promise<readonly Recorded[]> {
  const events: Recorded[] = [];
  for await (const page of engine.readStream(stream, range)) events.push(...page);
  return events;
}

/** All pages of the log as one list. Fails when a page breaks the rules of `scannedTo`. */
export async function readWholeLog(
  engine: EventEngine,
  page: Partial<LogPageRequest> = {},
): Promise<readonly Recorded[]> {
  const events: Recorded[] = [];
  const head = await engine.head();
  let after = page.after ?? 0n;
  while (after < head) {
    const found = await engine.readLog({ limit: 100, ...page, after });
    expect(found.scannedTo).toBeGreaterThan(after);
    events.push(...found.events);
    after = found.scannedTo;
  }
  return events;
}

/** `data.n` of each event. */
export function numbersOf(events: readonly Recorded[]): readonly unknown[] {
  return events.map((event) => event.data['n']);
}
