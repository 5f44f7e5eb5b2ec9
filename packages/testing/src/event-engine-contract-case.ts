import type {
  AppendRequest,
  AppendResult,
  EngineCapabilities,
  EventEngine,
  LogPageRequest,
  Receipt,
  Recorded,
  StreamName,
  StreamRange,
} from '@tidemark/core';
import { expect } from 'vitest';
import type { ContractCase } from './register-contract.ts';

/** A fresh, empty store, opened for one case. */
export interface EventEngineSubject {
  readonly engine: EventEngine;
  /** Closes the engine and opens another on the same storage. */
  readonly reopen?: () => Promise<EventEngine>;
  /** Opens another engine on the same storage, beside the first. `close` closes it too. */
  readonly openSecond?: () => Promise<EventEngine>;
  /**
   * Sets the clock by which all engines on this storage stamp events, to that millisecond; it stands there until it is
   * set again.
   */
  readonly setClock?: (nowMs: number) => Promise<void>;
  /**
   * Behind the engine's back, changes what is stored of the event at that position, or removes it. A storage that
   * cannot be damaged leaves it out.
   */
  readonly damage?: (position: bigint, how: 'changed' | 'lost') => Promise<void>;
  /** Said of an engine whose commits tell what they have stored. */
  readonly tells?: true;
  /** Said of an engine that has `verify`. */
  readonly verifies?: true;
  /** Closes all and removes the storage. */
  readonly close: () => Promise<void>;
}

export interface EventEngineCase extends ContractCase<EventEngineSubject> {
  readonly capability?: keyof EngineCapabilities;
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
  return events.map((event) => event.data.n);
}

/** What the case said that it needs. */
export function required<Part>(part: Part | undefined): NonNullable<Part> {
  if (part === undefined || part === null) throw new Error('the subject cannot do this');
  return part;
}
