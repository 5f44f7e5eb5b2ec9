import {
  type AppendRequest,
  assertWithinLimits,
  type NewEvent,
  type QueryCondition,
  type StreamName,
  toStoredJson,
} from '@tidemark/core';
import type { KnownStreams } from './known-streams.ts';
import { NEVER_REACHED } from './log-query.ts';
import { numberArray, textArray } from './pg-arrays.ts';
import { checksumContents } from './row-checksum.ts';
import { satisfiable } from './satisfiable-query.ts';
import type { StatementValue } from './text-statement.ts';

/** A batch as the commit function takes it, and what the answers are derived with. */
export interface BatchPayload {
  /** Parameters of a commit function, in its order. */
  readonly values: readonly StatementValue[];
  /** Place of each stream, from 0, in `heads`. */
  readonly streams: ReadonlyMap<StreamName, number>;
}

/** What goes along with a batch. */
export interface CommitOptions {
  readonly known: KnownStreams;
  /** Whether command ids are looked for, or it is left to the index to refuse a repeated one. */
  readonly looks: boolean;
}

const NO_STREAM = -1;
const ANY_REVISION = -2;
/** What no stream is ever at. */
const NEVER = -3;
const LAST_REVISION = 2_147_483_647;

/** Columns that grow event by event. Places in SQL arrays count from 1. */
interface Columns {
  readonly streams: Map<StreamName, number>;
  /** How many events of the stream came before in this batch, by its place. */
  readonly ranks: number[];
  readonly eventStream: number[];
  readonly eventRank: number[];
  readonly eventRequest: number[];
  readonly schemas: number[];
  readonly crcs: number[];
  readonly types: string[];
  readonly ids: string[];
  readonly data: string[];
  readonly meta: string[];
  readonly tags: string[];
  readonly commandEvents: (number | null)[];
  readonly commandIds: (string | null)[];
  readonly fingerprints: (string | null)[];
  readonly conditionRequest: number[];
  readonly conditionStream: number[];
  readonly conditionRevision: number[];
  readonly tagEvent: number[];
  readonly tagValues: string[];
  readonly queryRequest: number[];
  readonly queryCondition: number[];
  readonly queryAfter: bigint[];
  readonly queryTag: string[];
  /** Array literals of what else a query asks for. */
  readonly queryOthers: (string | null)[];
  readonly queryTypes: (string | null)[];
  readonly queryCategories: (string | null)[];
  readonly untaggedQueries: object[];
}

/** Turns a batch into parameters of `commit_requests`. @throws EVENT_INVALID when a request breaks a limit of the port. */
export function encodeBatch(
  batch: readonly AppendRequest[],
  { known, looks }: CommitOptions,
): BatchPayload {
  const columns = emptyColumns();
  for (const [request, { events, conditions, commandId, fingerprint }] of batch.entries()) {
    assertWithinLimits(batch[request] as AppendRequest);
    for (const event of events) addEvent(columns, event, request);
    addReceipt(columns, { events: events.length, commandId, fingerprint });
    for (const [place, condition] of conditions.entries()) {
      if ('stream' in condition) {
        columns.conditionRequest.push(request);
        columns.conditionStream.push(placeOf(columns, condition.stream) + 1);
        columns.conditionRevision.push(encodeRevision(condition.revision));
      } else addQuery(columns, condition, { request, condition: place });
    }
  }
  return {
    values: [...knownValues(columns, known), looks, ...toValues(columns)],
    streams: columns.streams,
  };
}

function emptyColumns(): Columns {
  return {
    streams: new Map(),
    ranks: [],
    eventStream: [],
    eventRank: [],
    eventRequest: [],
    schemas: [],
    crcs: [],
    types: [],
    ids: [],
    data: [],
    meta: [],
    tags: [],
    commandEvents: [],
    commandIds: [],
    fingerprints: [],
    conditionRequest: [],
    conditionStream: [],
    conditionRevision: [],
    tagEvent: [],
    tagValues: [],
    queryRequest: [],
    queryCondition: [],
    queryAfter: [],
    queryTag: [],
    queryOthers: [],
    queryTypes: [],
    queryCategories: [],
    untaggedQueries: [],
  };
}

function addEvent(columns: Columns, event: NewEvent, request: number): void {
  const { stream, type, schema, id, tags = [] } = event;
  const data = toStoredJson(event.data, type);
  const meta = toStoredJson(event.cause, type);
  const tagList = tags.length === 0 ? '' : JSON.stringify(tags);
  const place = placeOf(columns, stream);
  const rank = (columns.ranks[place] ?? 0) + 1;
  columns.ranks[place] = rank;
  columns.eventStream.push(place + 1);
  columns.eventRank.push(rank);
  columns.eventRequest.push(request);
  columns.schemas.push(schema);
  columns.types.push(type);
  columns.ids.push(id);
  columns.data.push(data);
  columns.meta.push(meta);
  columns.tags.push(tagList);
  columns.crcs.push(checksumContents({ stream, type, schema, id, data, meta, tags: tagList }));
  columns.commandEvents.push(null);
  columns.commandIds.push(null);
  columns.fingerprints.push(null);
  for (const tag of new Set(tags)) {
    columns.tagEvent.push(columns.eventStream.length);
    columns.tagValues.push(tag);
  }
}

interface ReceiptParts {
  readonly events: number;
  readonly commandId: string | undefined;
  readonly fingerprint: string | undefined;
}

/** A command's receipt stands on its last event. */
function addReceipt(columns: Columns, { events, commandId, fingerprint }: ReceiptParts): void {
  if (commandId === undefined) return;
  const last = columns.commandIds.length - 1;
  columns.commandEvents[last] = events;
  columns.commandIds[last] = commandId;
  columns.fingerprints[last] = fingerprint ?? null;
}

function addQuery(
  columns: Columns,
  { nothingMatches, after }: QueryCondition,
  place: { readonly request: number; readonly condition: number },
): void {
  if (after >= NEVER_REACHED) return;
  for (const { categories, types, tags = [] } of satisfiable(nothingMatches)) {
    const [tag, ...others] = tags;
    if (tag === undefined) {
      columns.untaggedQueries.push({ after: after.toString(), categories, types, ...place });
      continue;
    }
    columns.queryRequest.push(place.request);
    columns.queryCondition.push(place.condition);
    columns.queryAfter.push(after);
    columns.queryTag.push(tag);
    columns.queryOthers.push(others.length === 0 ? null : textArray(others));
    columns.queryTypes.push(types === undefined ? null : textArray(types));
    columns.queryCategories.push(categories === undefined ? null : textArray(categories));
  }
}

/** The head, and the batch's streams as they were there; no streams when none of them is known. */
function knownValues({ streams }: Columns, known: KnownStreams): readonly StatementValue[] {
  const head = known.head();
  const sids: (number | null)[] = [];
  const heads: (number | null)[] = [];
  let isAnyKnown = false;
  for (const name of streams.keys()) {
    const stream = known.get(name);
    isAnyKnown ||= stream !== undefined;
    sids.push(stream?.sid ?? null);
    heads.push(stream?.lastRevision ?? null);
  }
  const asked = isAnyKnown ? [numberArray(sids), numberArray(heads)] : [null, null];
  return [head?.position ?? null, head?.ms ?? null, ...asked];
}

function toValues(columns: Columns): readonly StatementValue[] {
  const hasCommands = columns.commandIds.some((id) => id !== null);
  const hasTags = columns.tagEvent.length > 0;
  return [
    columns.eventStream.length,
    textArray([...columns.streams.keys()]),
    numberArray(columns.eventStream),
    numberArray(columns.eventRank),
    numberArray(columns.schemas),
    numberArray(columns.crcs),
    textArray(columns.types),
    textArray(columns.ids),
    columns.data.join('\n'),
    columns.meta.join('\n'),
    numberArray(columns.eventRequest),
    hasCommands ? numberArray(columns.commandEvents) : null,
    hasCommands ? textArray(columns.commandIds) : null,
    orNullTexts(columns.fingerprints),
    orNull(columns.conditionRequest),
    orNull(columns.conditionStream),
    orNull(columns.conditionRevision),
    hasTags ? columns.tags.join('\n') : null,
    orNull(columns.tagEvent),
    hasTags ? textArray(columns.tagValues) : null,
    orNull(columns.queryRequest),
    orNull(columns.queryCondition),
    orNull(columns.queryAfter),
    columns.queryTag.length === 0 ? null : textArray(columns.queryTag),
    orNullTexts(columns.queryOthers),
    orNullTexts(columns.queryTypes),
    orNullTexts(columns.queryCategories),
    columns.untaggedQueries.length === 0 ? null : JSON.stringify(columns.untaggedQueries),
  ];
}

function orNull(values: readonly (number | bigint)[]): string | null {
  return values.length === 0 ? null : numberArray(values);
}

function orNullTexts(texts: readonly (string | null)[]): string | null {
  return texts.some((text) => text !== null) ? textArray(texts) : null;
}

function placeOf(columns: Columns, stream: StreamName): number {
  const known = columns.streams.get(stream);
  if (known !== undefined) return known;
  const place = columns.streams.size;
  columns.streams.set(stream, place);
  return place;
}

/** A revision in a condition, as the commit functions take it. */
export function encodeRevision(revision: number | 'none' | 'some'): number {
  if (revision === 'none') return NO_STREAM;
  if (revision === 'some') return ANY_REVISION;
  const isPossible = Number.isInteger(revision) && revision >= 0 && revision <= LAST_REVISION;
  return isPossible ? revision : NEVER;
}
