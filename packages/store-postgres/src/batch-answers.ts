import type {
  AppendRequest,
  AppendResult,
  Condition,
  Receipt,
  StreamCondition,
  StreamName,
} from '@tidemark/core';
import type { SeenCommit } from './known-streams.ts';
import { parseNumberArray } from './pg-arrays.ts';

/** The one row that a commit function answers, as text. */
export type CommitRow = [
  base: string,
  nowMs: string,
  isKnown: string,
  sids: string,
  heads: string,
  duplicates: string | null,
  queryConflicts: string | null,
];

/** A receipt as SQL shows it in JSON. */
export interface ReceiptJson {
  readonly command_id: string;
  readonly position: string;
  readonly fingerprint: string | null;
  readonly revisions: Readonly<Record<StreamName, number>>;
}

interface QueryConflictJson {
  readonly request: number;
  readonly condition: number;
  readonly position: string;
}

/** A batch, and what it left. */
export interface AnsweredBatch {
  readonly answers: readonly AppendResult[];
  readonly seen: SeenCommit;
}

/** What was true when the batch was decided. */
interface Facts {
  readonly heads: readonly number[];
  readonly streams: ReadonlyMap<StreamName, number>;
  readonly duplicates: ReadonlyMap<string, Receipt>;
  /** Position of the first event that a query condition forbids, by `request/condition`. */
  readonly queryConflicts: ReadonlyMap<string, bigint>;
}

/**
 * Answers each request from the facts of the commit, by the same rules as the function that stored the rest:
 * a duplicate is looked up before conditions, and what was accepted stands in the log in the batch's order.
 */
export function answerBatch(
  batch: readonly AppendRequest[],
  streams: ReadonlyMap<StreamName, number>,
  row: CommitRow,
): AnsweredBatch {
  const [base, nowMs, isKnown, sids, heads, duplicates, queryConflicts] = row;
  const facts: Facts = {
    heads: parseNumberArray(heads),
    streams,
    duplicates: readDuplicates(duplicates),
    queryConflicts: readQueryConflicts(queryConflicts),
  };
  const ends = [...facts.heads];
  let position = BigInt(base);
  const answers = batch.map((request, place): AppendResult => {
    const refusal = refusalOf(request, place, facts);
    if (refusal !== undefined) return refusal;
    position += BigInt(request.events.length);
    // Without a prototype: an object whose shape is known by a name that is seldom seen again costs five times as much.
    const revisions = Object.create(null) as Record<StreamName, number>;
    for (const { stream } of request.events) {
      const at = streams.get(stream) as number;
      const revision = (ends[at] as number) + 1;
      ends[at] = revision;
      revisions[stream] = revision;
    }
    return { kind: 'appended', position, revisions, ...fingerprintOf(request) };
  });
  const seen: SeenCommit = {
    wasKnown: isKnown === 'true',
    head: { position, ms: nowMs },
    streams,
    sids: parseNumberArray(sids),
    lastRevisions: ends,
  };
  return { answers, seen };
}

/** A receipt as the port shows it. */
export function toReceipt({ position, revisions, fingerprint }: ReceiptJson): Receipt {
  const receipt = { position: BigInt(position), revisions };
  return fingerprint === null ? receipt : { fingerprint, ...receipt };
}

function refusalOf(request: AppendRequest, place: number, facts: Facts): AppendResult | undefined {
  const first =
    request.commandId === undefined ? undefined : facts.duplicates.get(request.commandId);
  if (first !== undefined) return { kind: 'duplicate', first };
  for (const [index, condition] of request.conditions.entries()) {
    const actual =
      'stream' in condition
        ? brokenBy(condition, facts)
        : facts.queryConflicts.get(`${place}/${index}`);
    if (actual !== undefined) return { kind: 'conflict', condition, actual };
  }
  return undefined;
}

/** What the stream's last revision is instead; `undefined` when the condition holds. */
function brokenBy(
  { stream, revision }: Extract<Condition, StreamCondition>,
  { heads, streams }: Facts,
): number | 'none' | undefined {
  const head = heads[streams.get(stream) as number] as number;
  const actual = head === -1 ? 'none' : head;
  const holds = revision === 'some' ? actual !== 'none' : actual === revision;
  return holds ? undefined : actual;
}

function fingerprintOf({ fingerprint }: AppendRequest): Pick<Receipt, 'fingerprint'> {
  return fingerprint === undefined ? {} : { fingerprint };
}

function readDuplicates(json: string | null): ReadonlyMap<string, Receipt> {
  const found = json === null ? [] : (JSON.parse(json) as readonly ReceiptJson[]);
  return new Map(found.map((receipt) => [receipt.command_id, toReceipt(receipt)]));
}

function readQueryConflicts(json: string | null): ReadonlyMap<string, bigint> {
  const found = json === null ? [] : (JSON.parse(json) as readonly QueryConflictJson[]);
  const first = new Map<string, bigint>();
  for (const { request, condition, position } of found) {
    const key = `${request}/${condition}`;
    const known = first.get(key);
    if (known === undefined || BigInt(position) < known) first.set(key, BigInt(position));
  }
  return first;
}
