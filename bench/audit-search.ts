// How long the first page of the audit log takes at a million events, for each kind of filter.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WHOLE } from '@tidemark/core';
import { openSqliteReadModels } from '@tidemark/store-sqlite';
import { type Entry, entries } from '../services/audit/src/application/entries.ts';
import { type Hour, hourOf, hours } from '../services/audit/src/application/hours.ts';
import { type Filter, searchEntries } from '../services/audit/src/application/search.ts';

const EVENTS = Number(process.env.EVENTS ?? 1_000_000);
const STEP = 10_000;
const ROUNDS = 21;
const START_MS = Date.UTC(2026, 0, 1);
const TYPES = ['FlightScheduled', 'PassengerAdmitted', 'PassengerBoarded', 'FlightDeparted'];

/** Spread over all values without a pattern that an index could profit from. */
function hashed(n: number): number {
  return (Math.imul(n ^ (n >>> 15), 0x2c1b3c6d) >>> 0) ^ (Math.imul(n, 0x297a2d39) >>> 7);
}

function entry(position: number): Entry {
  const h = hashed(position);
  return {
    position,
    service: h % 3 === 0 ? 'passengers' : 'flights',
    stream: `flight-${h % 20_000}`,
    type: position === 500 ? 'SeldomSeen' : (TYPES[h % TYPES.length] as string),
    revision: 0,
    servicePosition: String(position),
    eventId: `event-${position}`,
    recordedAt: new Date(START_MS + position * 5_000).toISOString(),
    actor: `user-${h % 50}`,
    correlationId: `request-${Math.floor(position / 3)}`,
    causationId: `event-${position}`,
    data: { origin: 'Oslo', destination: 'Rome', flightNumber: 'SK 42', note: 'x'.repeat(120) },
  };
}

const FILTERS: Readonly<Record<string, Filter>> = {
  none: {},
  service: { service: 'passengers' },
  stream: { stream: 'flight-77' },
  type: { type: 'FlightDeparted' },
  'type, seldom and old': { type: 'SeldomSeen' },
  actor: { actor: 'user-7' },
  correlation: { correlation: 'request-1000' },
  'service + type + actor': { service: 'flights', type: 'FlightDeparted', actor: 'user-7' },
  'stream + type + actor': { stream: 'flight-77', type: 'FlightDeparted', actor: 'user-7' },
  'a day': { from: '2026-02-01T00:00:00Z', upTo: '2026-02-01T23:59:59Z' },
  'a day + actor': { from: '2026-02-01T00:00:00Z', upTo: '2026-02-01T23:59:59Z', actor: 'user-7' },
  'half a year + type + service': {
    upTo: '2026-02-20T00:00:00Z',
    type: 'PassengerBoarded',
    service: 'passengers',
  },
  'type and actor that never meet': { type: 'SeldomSeen', actor: 'nobody' },
  'service and actor that never meet': { service: 'flights', actor: 'nobody' },
};

const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
const models = await openSqliteReadModels(join(folder, 'audit.read.db'));
const tables = {
  entries: await models.open<Entry>(entries),
  hours: await models.open<Hour>(hours),
};

for (let from = 0; from < EVENTS; from += STEP) {
  const rows = Array.from({ length: Math.min(STEP, EVENTS - from) }, (_, n) => entry(from + n + 1));
  const step = { slice: WHOLE, from: BigInt(from), to: BigInt(from + rows.length) };
  await tables.entries.apply({
    ...step,
    rows: new Map(rows.map((row) => [String(row.position), row])),
  });
  const changed = new Map<string, Hour>();
  for (const { position, recordedAt } of rows) {
    const hour = hourOf(recordedAt);
    const known = changed.get(hour) ?? (await tables.hours.get(hour));
    changed.set(hour, {
      hour,
      firstPosition: known?.firstPosition ?? position,
      lastPosition: position,
    });
  }
  await tables.hours.apply({ ...step, rows: changed });
  if ((from / STEP) % 20 === 0) process.stderr.write(`filled ${from + rows.length} of ${EVENTS}\r`);
}

console.log(`Audit: first page of 50 at ${EVENTS} events, ${ROUNDS} rounds`);
console.log('| filter | entries | next | p50 ms | worst ms |\n|---|---|---|---|---|');
for (const [name, filter] of Object.entries(FILTERS)) {
  const took: number[] = [];
  let found = { items: [] as readonly Entry[], next: undefined as string | undefined };
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    found = {
      next: undefined,
      ...(await searchEntries(tables, filter, { before: undefined, limit: 50 })),
    };
    took.push(performance.now() - startedAt);
  }
  took.sort((a, b) => a - b);
  const figures = [took[ROUNDS >> 1], took.at(-1)].map((ms) => ms?.toFixed(1));
  console.log(
    `| ${name} | ${found.items.length} | ${found.next ?? '-'} | ${figures.join(' | ')} |`,
  );
}
await models.close();
await rm(folder, { recursive: true });
