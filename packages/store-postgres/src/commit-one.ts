import {
  type AppendRequest,
  assertWithinLimits,
  type StreamName,
  toStoredJson,
} from '@tidemark/core';
import type { CommitRow } from './batch-answers.ts';
import { type BatchPayload, type CommitOptions, encodeRevision } from './batch-payload.ts';
import { numberArray, textArray } from './pg-arrays.ts';
import { checksumContents } from './row-checksum.ts';

/** Answers one text: what `commit_requests` answers first, for one stream, and receipts as JSON. */
export const COMMIT_REQUEST =
  'select {schema}.commit_request($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)';

/** What `commit_request` answers, as `commit_requests` says it. */
export function rowOfOne(answer: string): CommitRow {
  const [base = '', nowMs = '', isKnown = '', sid, head, ...receipts] = answer.split(' ');
  const duplicates = receipts.length === 0 ? null : receipts.join(' ');
  return [base, nowMs, isKnown, `{${sid}}`, `{${head}}`, duplicates, null];
}

/**
 * A batch as `commit_request` takes it: parameters in its order. `undefined` when it takes more to decide it, because
 * there are several requests or streams, tags, or queries.
 * @throws EVENT_INVALID when the request breaks a limit of the port.
 */
export function encodeOne(
  [request, ...others]: readonly AppendRequest[],
  { known, looks }: CommitOptions,
): BatchPayload | undefined {
  if (request === undefined || others.length > 0) return undefined;
  const stream = onlyStream(request);
  if (stream === undefined) return undefined;
  assertWithinLimits(request);
  const schemas: number[] = [];
  const crcs: number[] = [];
  const types: string[] = [];
  const ids: string[] = [];
  const data: string[] = [];
  const meta: string[] = [];
  for (const event of request.events) {
    const { type, schema, id } = event;
    const texts = { data: toStoredJson(event.data, type), meta: toStoredJson(event.cause, type) };
    schemas.push(schema);
    crcs.push(checksumContents({ stream, type, schema, id, ...texts, tags: '' }));
    types.push(type);
    ids.push(id);
    data.push(texts.data);
    meta.push(texts.meta);
  }
  const head = known.head();
  const was = known.get(stream);
  const values = [
    head?.position ?? null,
    head?.ms ?? null,
    was?.sid ?? null,
    was?.lastRevision ?? null,
    looks,
    stream,
    request.events.length,
    numberArray(schemas),
    numberArray(crcs),
    textArray(types),
    textArray(ids),
    data.join('\n'),
    meta.join('\n'),
    request.commandId ?? null,
    request.fingerprint ?? null,
    revisionsOf(request),
  ];
  return { values, streams: new Map([[stream, 0]]) };
}

/** The stream of all its events and conditions, when it has nothing else. */
function onlyStream({ events, conditions }: AppendRequest): StreamName | undefined {
  const stream = events[0]?.stream;
  for (const event of events) {
    if (event.stream !== stream || (event.tags ?? []).length > 0) return undefined;
  }
  for (const condition of conditions) {
    if (!('stream' in condition) || condition.stream !== stream) return undefined;
  }
  return stream;
}

function revisionsOf({ conditions }: AppendRequest): string | null {
  if (conditions.length === 0) return null;
  return numberArray(
    conditions.flatMap((one) => ('stream' in one ? encodeRevision(one.revision) : [])),
  );
}
