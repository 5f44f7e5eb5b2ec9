import { newId } from '@tidemark/runtime';
import type { FieldError } from './problems.ts';

/** Headers that mean something to every route, read and checked. */
export interface RequestHeaders {
  readonly errors: readonly FieldError[];
  readonly idempotencyKey?: string;
  readonly expectedRevision?: number | 'none';
  readonly knownTags: readonly string[];
  readonly consistency: ReadonlyMap<string, bigint>;
  readonly lastEventId?: string;
  readonly timeoutMs: number;
  /** `Prefer: respond-async` on a write: the client does not wait for the outcome. */
  readonly prefersAsync: boolean;
}

/** How long a request may take unless it says less. */
export const DEADLINE_MS = 10_000;

const VISIBLE_ASCII = /^[\x21-\x7e]{1,200}$/;
/** The revision, and how many personal values of the thing were erased, if any. A condition looks at the revision. */
const ETAG = /^"(0|[1-9][0-9]{0,14})(?:\.[1-9][0-9]{0,5})?"$/;
const KNOWN_ETAG = /(?:W\/)?("[\x21\x23-\x7e]{1,40}")/g;
const TOKEN = /^([a-z][a-z0-9-]{0,63})@(0|[1-9][0-9]{0,18})$/;
const MAX_POSITION = 2n ** 63n - 1n;
const MAX_TOKENS = 20;

type Report = (header: string, message: string) => void;

/** Reads the headers of a request; `write` decides what the conditional ones mean. Malformed ones are reported, not guessed. */
export function readHeaders(headers: Headers, write: boolean): RequestHeaders {
  const errors: FieldError[] = [];
  const report: Report = (path, message) => errors.push({ in: 'header', path, message });
  const idempotencyKey = write ? readIdempotencyKey(headers, report) : undefined;
  const expectedRevision = write ? readExpectedRevision(headers, report) : undefined;
  const lastEventId = readLastEventId(headers, report);
  return {
    errors,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
    knownTags: write ? [] : readKnownTags(headers),
    consistency: readConsistency(headers, report),
    ...(lastEventId === undefined ? {} : { lastEventId }),
    timeoutMs: readTimeout(headers, report),
    prefersAsync: write && prefersAsync(headers),
  };
}

function readIdempotencyKey(headers: Headers, report: Report): string | undefined {
  const key = headers.get('idempotency-key');
  if (key === null) return undefined;
  if (!VISIBLE_ASCII.test(key)) {
    report('Idempotency-Key', 'must have 1 to 200 visible ASCII characters');
  }
  return key;
}

function readExpectedRevision(headers: Headers, report: Report): number | 'none' | undefined {
  const match = headers.get('if-match');
  const noneMatch = headers.get('if-none-match');
  if (noneMatch !== null) {
    if (noneMatch !== '*') report('If-None-Match', 'must be * on a write');
    if (match !== null) report('If-Match', 'cannot be combined with If-None-Match');
    return 'none';
  }
  if (match === null || match === '*') return undefined;
  const revision = ETAG.exec(match)?.[1];
  if (revision === undefined) report('If-Match', 'must be an ETag, "<revision>", or *');
  return Number(revision);
}

/** A tag that is not of ours just does not match; caches on the way may add such. */
function readKnownTags(headers: Headers): readonly string[] {
  const known = headers.get('if-none-match');
  return known === null ? [] : Array.from(known.matchAll(KNOWN_ETAG), (found) => found[1] ?? '');
}

function readConsistency(headers: Headers, report: Report): ReadonlyMap<string, bigint> {
  const positions = new Map<string, bigint>();
  const header = headers.get('consistency-token');
  if (header === null) return positions;
  const tokens = header.split(',', MAX_TOKENS + 1);
  for (const token of tokens) {
    const [, service, digits] = TOKEN.exec(token.trim()) ?? [];
    const position = BigInt(digits ?? -1);
    if (service === undefined || position > MAX_POSITION || tokens.length > MAX_TOKENS) {
      report('Consistency-Token', 'must be a list of <service>@<position>');
      break;
    }
    const other = positions.get(service) ?? 0n;
    positions.set(service, position > other ? position : other);
  }
  return positions;
}

/** A preference that is not known is ignored, as RFC 7240 asks. */
function prefersAsync(headers: Headers): boolean {
  const preferences = (headers.get('prefer') ?? '').split(',');
  return preferences.some((one) => one.split(';')[0]?.trim().toLowerCase() === 'respond-async');
}

function readLastEventId(headers: Headers, report: Report): string | undefined {
  const id = headers.get('last-event-id');
  if (id === null || id === '') return undefined;
  if (!VISIBLE_ASCII.test(id)) report('Last-Event-ID', 'must be the id of an event');
  return id;
}

function readTimeout(headers: Headers, report: Report): number {
  const timeout = headers.get('request-timeout-ms');
  if (timeout === null) return DEADLINE_MS;
  if (!/^[1-9][0-9]{0,8}$/.test(timeout)) {
    report('Request-Timeout-Ms', 'must be a whole number of milliseconds');
    return DEADLINE_MS;
  }
  return Math.min(Number(timeout), DEADLINE_MS);
}

/**
 * The correlation id of a request: what the client says if it looks like an id, else a new one.
 *
 * @example
 * const correlationId = correlationIdOf(request.headers);
 */
export function correlationIdOf(headers: Headers): string {
  const given = headers.get('correlation-id');
  // In the order of time, because audit keeps an index of them.
  return given !== null && /^[A-Za-z0-9][A-Za-z0-9-]{7,63}$/.test(given) ? given : newId();
}

/** A W3C `traceparent`; one that is malformed is ignored, as its specification asks. */
export function traceOf(headers: Headers): string | undefined {
  const trace = headers.get('traceparent');
  return trace !== null && /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(trace)
    ? trace
    : undefined;
}
