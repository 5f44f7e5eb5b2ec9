import {
  type AppendRequest,
  type Condition,
  LIMITS,
  type NewEvent,
  type StreamName,
} from '@tidemark/core';
import { type BrokenLimit, refusalOf } from './event-engine-contract-limits.ts';
import { type EventEngineTwin, requests } from './event-engine-twins-sabotage.ts';

const short = (text: string, length: number): string => text.slice(0, length);
const keepable = (text: string): string => text.replace(/[\p{Cc}\p{Surrogate}]/gu, '?');
const filled = (text: string): string => (text === '' ? '-' : text);

const eachEvent =
  (change: (event: NewEvent) => Partial<NewEvent>) =>
  (request: AppendRequest): AppendRequest => ({
    ...request,
    events: request.events.map((event) => ({ ...event, ...change(event) })),
  });
const stream = (change: (name: string) => string) =>
  eachEvent((event) => ({ stream: change(event.stream) as StreamName }));
const tags = (change: (tags: readonly string[]) => readonly string[]) =>
  eachEvent((event) => (event.tags === undefined ? {} : { tags: change(event.tags) }));
const eachCondition =
  (change: (condition: Condition) => Condition) =>
  (request: AppendRequest): AppendRequest => ({
    ...request,
    conditions: request.conditions.map(change),
  });
const commandId =
  (change: (id: string) => string | undefined) =>
  ({ commandId: given, ...request }: AppendRequest): AppendRequest => {
    const id = given === undefined ? undefined : change(given);
    return id === undefined ? request : { ...request, commandId: id };
  };

/** What a column that is too narrow, or a friendly driver, makes of each. */
const REPAIRS: Readonly<Record<BrokenLimit, (request: AppendRequest) => AppendRequest>> = {
  'no events': (request) => {
    const nothing: NewEvent = {
      ...{ id: 'nothing', stream: 'none-0', type: 'Nothing', schema: 1, data: {} },
      cause: { correlationId: '-', causationId: '-', actor: '-' },
    };
    return request.events.length === 0 ? { ...request, events: [nothing] } : request;
  },
  'too many events': (request) => ({
    ...request,
    events: request.events.slice(0, LIMITS.eventsPerAppend),
  }),
  'too many conditions': (request) => ({
    ...request,
    conditions: request.conditions.slice(0, LIMITS.conditionsPerAppend),
  }),
  'a stream name without a category': stream((name) =>
    name.includes('-') ? name : `stream-${name}`,
  ),
  'a stream name that is too long': stream((name) => short(name, LIMITS.streamNameLength)),
  'a condition on what is no stream name': (request) => ({
    ...request,
    conditions: request.conditions.filter(
      (condition) => !('stream' in condition) || condition.stream.includes('-'),
    ),
  }),
  'an empty type': eachEvent(({ type }) => ({ type: filled(type) })),
  'a type that is too long': eachEvent(({ type }) => ({ type: short(type, LIMITS.typeLength) })),
  'an empty id': eachEvent(({ id }) => ({ id: filled(id) })),
  'an id that is too long': eachEvent(({ id }) => ({ id: short(id, LIMITS.idLength) })),
  'a condition that looks behind a position below 0': eachCondition((condition) =>
    'stream' in condition || condition.after >= 0n ? condition : { ...condition, after: 0n },
  ),
  'schema 0': eachEvent(({ schema }) => ({ schema: schema === 0 ? 1 : schema })),
  'a schema between two numbers': eachEvent(({ schema }) => ({ schema: Math.floor(schema) })),
  'a schema that is too high': eachEvent(({ schema }) => ({
    schema: Math.min(schema, LIMITS.schema),
  })),
  'too many tags': tags((given) => given.slice(0, LIMITS.tagsPerEvent)),
  'an empty tag': tags((given) => given.filter((tag) => tag !== '')),
  'a tag that is too long': tags((given) => given.map((tag) => short(tag, LIMITS.tagLength))),
  'data that is too long': eachEvent(({ data }) =>
    typeof data.text === 'string'
      ? { data: { text: data.text.slice(0, LIMITS.dataLength - 11) } }
      : {},
  ),
  'data that is not JSON': eachEvent(({ data }) => ({
    data: JSON.parse(
      JSON.stringify(data, (_, part) => (typeof part === 'bigint' ? Number(part) : part)),
    ),
  })),
  'an empty command id': commandId((id) => (id === '' ? undefined : id)),
  'a command id that is too long': commandId((id) => short(id, LIMITS.idLength)),
  'a fingerprint that is too long': (request) =>
    request.fingerprint === undefined
      ? request
      : { ...request, fingerprint: short(request.fingerprint, LIMITS.idLength) },
  'a NUL in a stream name': stream(keepable),
  'half a character in a type': eachEvent(({ type }) => ({ type: keepable(type) })),
  'a NUL in a tag': tags((given) => given.map(keepable)),
  'a control character in an id': eachEvent(({ id }) => ({ id: keepable(id) })),
  'a control character in a tag': tags((given) => given.map(keepable)),
  'a NUL in a command id': commandId(keepable),
  'a NUL in a query': eachCondition((condition) =>
    'stream' in condition
      ? condition
      : {
          ...condition,
          nothingMatches: condition.nothingMatches.map((alternative) =>
            alternative.tags === undefined
              ? alternative
              : { ...alternative, tags: alternative.tags.map(keepable) },
          ),
        },
  ),
};

const LIMITS_BROKEN = Object.keys(REPAIRS) as readonly BrokenLimit[];

export const limitTwins: readonly EventEngineTwin[] = [
  ...LIMITS_BROKEN.map(
    (what): EventEngineTwin => ({
      broken: `makes something else of ${what} and stores it`,
      sabotage: requests(REPAIRS[what]),
      caughtBy: [refusalOf(what)],
    }),
  ),
  {
    broken: 'has stored what stands before a request that it refuses',
    sabotage: (engine) => ({
      commit: async (batch) => {
        const results = [];
        for (const request of batch) results.push(...(await engine.commit([request])));
        return results;
      },
    }),
    caughtBy: LIMITS_BROKEN.map(refusalOf),
  },
  {
    broken: 'keeps tags in a column that is too narrow by one',
    sabotage: requests(tags((given) => given.map((tag) => short(tag, LIMITS.tagLength - 1)))),
    caughtBy: ['an event at every limit comes back whole', 'tags at their limit are all found'],
  },
  {
    broken: 'checks the first hundred conditions',
    sabotage: requests((request) => ({ ...request, conditions: request.conditions.slice(0, 100) })),
    caughtBy: [
      'as many events and conditions as an append may hold are stored, and each condition is checked',
    ],
  },
];
