import { bodyOf } from '../api/problems.ts';
import { operations } from './client.ts';
import { readServerSentEvents } from './server-sent-events.ts';
import type { Task } from './types.ts';

/** What one service holds of a person, counted. */
export interface Holdings {
  readonly service: string;
  /** Events that hold a sealed value of theirs, and in how many streams. */
  readonly events: number;
  readonly streams: number;
  readonly fields: readonly {
    readonly type: string;
    readonly field: string;
    readonly events: number;
  }[];
  readonly rows: readonly { readonly readModel: string; readonly rows: number }[];
  /** Read models that cannot be searched. */
  readonly unsearched: readonly string[];
  readonly timers: number;
  readonly parked: number;
}

/** What a count, or an erasure, found. */
export interface Found {
  readonly services: readonly Holdings[];
  /** Of an erasure: whether the person was there, and when the key was gone. */
  readonly outcome?: 'erased' | 'erased-before' | 'never-seen';
  readonly at?: string;
}

/** The result of a task that searched for a person; `undefined` while there is none. */
export function foundBy(task: Task | undefined): Found | undefined {
  const result: unknown = task?.result;
  return isFound(result) ? result : undefined;
}

function isFound(result: unknown): result is Found {
  return typeof result === 'object' && result !== null && 'services' in result;
}

/** Begins to count what is held of a person; nothing changes. */
export function countHoldings(subject: string): Promise<Task> {
  return bodyOf(operations.POST('/holdings', { body: { subject } }));
}

/** Begins to erase a person: the key is deleted first of all. */
export function eraseSubject(subject: string): Promise<Task> {
  return bodyOf(operations.POST('/erasures', { body: { subject } }));
}

/** Tells something that runs to stop. */
export function cancelTask(id: string): Promise<Task> {
  return bodyOf(operations.POST('/tasks/{id}/cancel', { params: { path: { id } } }));
}

/** An export that broke off is not taken for whole. */
export class ExportIncompleteError extends Error {
  constructor() {
    super('the export broke off');
    this.name = 'ExportIncompleteError';
  }
}

/**
 * Everything that is kept about a person, as one JSON document; `onRecord` is told how many records have come.
 *
 * @throws ProblemError; ExportIncompleteError when the connection ended before the export did.
 */
export async function exportSubject(
  subject: string,
  onRecord: (count: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const options = { body: { subject }, parseAs: 'stream', signal } as const;
  const stream: unknown = await bodyOf(operations.POST('/exports', options));
  const parts: string[] = [];
  let isWhole = false;
  for await (const { event, data } of readServerSentEvents(stream as ReadableStream<Uint8Array>)) {
    if (event === 'end') isWhole = true;
    if (event !== 'record') continue;
    parts.push(`${parts.length === 0 ? '' : ',\n'}${data}`);
    onRecord(parts.length);
  }
  if (!isWhole) throw new ExportIncompleteError();
  const head = JSON.stringify({ subject, exportedAt: new Date().toISOString() }).slice(0, -1);
  return new Blob([`${head},"records":[\n`, ...parts, '\n]}\n'], { type: 'application/json' });
}
