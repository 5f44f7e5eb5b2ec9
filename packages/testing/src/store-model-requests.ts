import {
  type AppendRequest,
  type Condition,
  type JsonObject,
  matches,
  type NewEvent,
  type Query,
  type QueryAlternative,
  type Recorded,
  type StreamName,
  type StreamRange,
} from '@tidemark/core';
import { TEST_CAUSE } from './event-builders.ts';
import type { Random } from './store-model-random.ts';

/** Few streams, so that they meet; names that hold each other, and signs that SQL and JSON mean something by. */
export const MODEL_STREAMS: readonly StreamName[] = [
  'a-1',
  'a-2',
  'a-1-1',
  'ab-1',
  'b_1-x',
  'c-\'%_"',
  'd-ü€🦀',
];
/** Command ids that come again and again. */
export const MODEL_COMMANDS: readonly string[] = [...'123456789', "o'clock", 'ü🦀'];

const NEVER_WRITTEN: StreamName = 'a-never';
/** So many that a history begins new ones all along. */
const SELDOM_WRITTEN = Array.from({ length: 60 }, (_, n): StreamName => `ab-seldom${n}`);
/** More than a double holds without loss. */
const FAR_BEHIND = 2n ** 53n + 1n;
const TYPES = ['Opened', 'Closed', 'Noted', 'Clos', 'opened'];
const CATEGORIES = ['a', 'ab', 'b_1', 'c', 'd', 'z'];
const TAGS = ['x:1', 'x:2', 'x', 'y:1', 'y', "t'%_", '["x"]', 'ü🦀', 'x:1,x:2'];
const DATA: readonly string[] = [
  '{}',
  '{"n":1}',
  '{"text":"ü€🦀 \\u0000 \\ud800 \\"quoted\\" \\n"}',
  '{"deep":{"list":[1,[2,[3,{"a":null}]],true,"x"]}}',
  '{"big":12345678901234567890,"small":5e-324,"minus":-0.5}',
  '{"__proto__":{"a":1},"constructor":1}',
  '{"":"","b":2,"a":1,"10":1,"9":2}',
];

/** What a generator may look at: the log as it stands. */
export interface Known {
  readonly log: readonly Recorded[];
  readonly streams: ReadonlyMap<StreamName, readonly Recorded[]>;
}

/** A query: of no, one or several alternatives, some of them empty. */
export function randomQuery(random: Random): Query {
  return Array.from({ length: random.pick([1, 1, 1, 2, 3, 0]) }, () => alternative(random));
}

/** A place in the log or behind it. */
export function randomPlace(random: Random, { log }: Known): bigint {
  if (random.chance(0.03)) return FAR_BEHIND;
  const near = random.chance(0.5) ? Math.max(0, log.length - 5) : 0;
  return BigInt(random.whole(near, log.length + (random.chance(0.1) ? 3 : 0)));
}

/** A part of a stream, also one that is empty or not there. */
export function randomRange(random: Random): StreamRange {
  const from = random.whole(0, 12);
  const parts = random.whole(0, 3);
  return {
    ...(parts % 2 === 1 ? { from } : {}),
    ...(parts > 1 ? { upTo: from + random.whole(-2, 6) } : {}),
  };
}

/** A stream that was written lately, as often as not. */
export function randomReadStream(random: Random, { log }: Known): StreamName {
  const lately = log.slice(-10);
  if (lately.length === 0 || random.chance(0.5)) return randomStream(random);
  return random.pick(lately).stream;
}

/** Any stream, now and then one that does not exist. */
export function randomStream(random: Random): StreamName {
  if (random.chance(0.15)) return random.pick(SELDOM_WRITTEN);
  return random.chance(0.1) ? NEVER_WRITTEN : random.pick(MODEL_STREAMS);
}

/**
 * An append whose conditions hold more often than not, half of them on streams that it writes; a command id more often
 * than not new.
 */
export function randomRequest(random: Random, known: Known): AppendRequest {
  const events = Array.from({ length: random.pick([1, 1, 1, 2, 3, 5]) }, () => event(random));
  const many = random.pick([0, 0, 1, 1, 1, 2, 3]);
  const conditions = Array.from({ length: many }, () => {
    const own = random.pick(events).stream;
    return condition(random, known, random.chance(0.5) ? own : randomStream(random));
  });
  return { events, conditions, ...command(random) };
}

/** Such as may stand in one batch: no command id twice, and none writes what another looks at. */
export function randomBatch(random: Random, known: Known): readonly AppendRequest[] {
  const batch: AppendRequest[] = [];
  for (let tries = random.whole(1, 6); tries > 0; tries -= 1) {
    const request = randomRequest(random, known);
    if (batch.every((other) => areIndependent(request, other))) batch.push(request);
  }
  return batch;
}

/** A request that every engine must refuse. */
export function wrongRequest(random: Random): AppendRequest {
  const right = event(random);
  const wrong: readonly Partial<NewEvent>[] = [
    { stream: 'Upper-1' },
    { stream: 'a-with space' },
    { stream: 'nodash' as StreamName },
    { stream: `a-${'x'.repeat(200)}` },
    { stream: 'a-\0' },
    { id: '' },
    { id: '\ud800' },
    { type: '' },
    { type: 'x\0y' },
    { schema: 0 },
    { schema: 1.5 },
    { schema: 2 ** 31 },
    { tags: [''] },
    { tags: ['\udc00'] },
    { tags: Array.from({ length: 17 }, (_, n) => `t:${n}`) },
    { data: { text: 'x'.repeat(256 * 1_024) } },
  ];
  if (random.chance(0.1)) return { events: [], conditions: [] };
  if (random.chance(0.1)) return { events: [right], conditions: [], commandId: '\0' };
  if (random.chance(0.1)) {
    return { events: [right], conditions: [{ nothingMatches: [{}], after: -1n }] };
  }
  return { events: [right, { ...right, ...random.pick(wrong) }], conditions: [] };
}

function areIndependent(one: AppendRequest, other: AppendRequest): boolean {
  const sameCommand = one.commandId !== undefined && one.commandId === other.commandId;
  return !sameCommand && !looksAt(one, other) && !looksAt(other, one);
}

function looksAt({ conditions }: AppendRequest, { events }: AppendRequest): boolean {
  return conditions.some((one) =>
    events.some((written) =>
      'stream' in one ? one.stream === written.stream : matches(one.nothingMatches, written),
    ),
  );
}

function event(random: Random): NewEvent {
  const tags = random.some(TAGS, 4);
  return {
    id: `event-${random.whole(1, 1e9)}`,
    stream: random.chance(0.15) ? random.pick(SELDOM_WRITTEN) : random.pick(MODEL_STREAMS),
    type: random.pick(TYPES),
    schema: random.whole(1, 3),
    data: JSON.parse(random.pick(DATA)) as JsonObject,
    ...(random.chance(0.2) ? {} : { tags: random.chance(0.1) ? [...tags, ...tags] : tags }),
    cause: TEST_CAUSE,
  };
}

function alternative(random: Random): QueryAlternative {
  return {
    ...(random.chance(0.4) ? { categories: random.some(CATEGORIES, 3) } : {}),
    ...(random.chance(0.4) ? { types: random.some(TYPES, 3) } : {}),
    ...(random.chance(0.6) ? { tags: random.some(TAGS, 2) } : {}),
  };
}

function condition(random: Random, known: Known, stream: StreamName): Condition {
  if (random.chance(0.4)) {
    return { nothingMatches: randomQuery(random), after: randomPlace(random, known) };
  }
  const count = known.streams.get(stream)?.length ?? 0;
  const right = count === 0 ? 'none' : count - 1;
  const any = random.pick([
    'none',
    'some',
    'some',
    'some',
    random.whole(0, 9),
    count,
    2 ** 40,
  ] as const);
  return { stream, revision: random.chance(0.6) ? right : any };
}

function command(random: Random): Pick<AppendRequest, 'commandId' | 'fingerprint'> {
  if (random.chance(0.4)) return {};
  const commandId = random.chance(0.4)
    ? random.pick(MODEL_COMMANDS)
    : `command-${random.whole(1, 1e9)}`;
  return random.chance(0.5) ? { commandId } : { commandId, fingerprint: random.pick(['p', 'q']) };
}
