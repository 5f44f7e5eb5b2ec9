import { ERASED } from '@tidemark/core';
import type { CommandOutcome } from '@tidemark/runtime';
import { describe, expect, test } from 'vitest';
import {
  awaitConsistency,
  commandAnswer,
  entityAnswer,
  type HttpContext,
  notFound,
  openApi,
} from '../src/index.ts';
import { smallRoutes } from './small-service.ts';

const cause = { correlationId: 'c-1', causationId: 'm-1', actor: 'user-7' };

function contextOf(parts: Partial<HttpContext> = {}): HttpContext {
  return {
    command: { commandId: 'm-1', cause },
    cause,
    knownTags: [],
    consistency: new Map(),
    signal: new AbortController().signal,
    ...parts,
  };
}

function answerTo(outcome: CommandOutcome, context = contextOf()) {
  return commandAnswer(outcome, { service: 'flights', context, notFound: ['flight-not-found'] });
}

describe('the answer to a command', () => {
  const accepted = { status: 'accepted', revision: 4, position: 17n, repeated: false } as const;

  test('accepted, and repeated, is what done says, with ETag and Consistency-Token', () => {
    const headers = { 'consistency-token': 'flights@17', etag: '"4"' };
    expect(answerTo(accepted)).toEqual({ status: 204, headers });
    expect(answerTo({ ...accepted, repeated: true })).toEqual(answerTo(accepted));
    const done = { status: 201, body: { id: 'f-1' }, headers: { location: '/api/flights/f-1' } };
    const created = commandAnswer(accepted, { service: 'flights', context: contextOf(), done });
    expect(created).toEqual({ ...done, headers: { ...headers, ...done.headers } });
  });

  test('unchanged is done too; an entity that is not there has no ETag', () => {
    const unchanged = answerTo({ status: 'unchanged', revision: 'none', position: 3n });
    expect(unchanged).toEqual({ status: 204, headers: { 'consistency-token': 'flights@3' } });
  });

  test('a rejection is 422 of its own type, or 404 when it means that there is no such thing', () => {
    const rejected = { status: 'rejected', reason: 'not-all-boarded' } as const;
    expect(answerTo({ ...rejected, details: { boarded: 1 } })).toMatchObject({
      status: 422,
      body: {
        type: '/problems/not-all-boarded',
        title: 'Not all boarded',
        reason: 'not-all-boarded',
        details: { boarded: 1 },
      },
    });
    expect(answerTo({ ...rejected, reason: 'flight-not-found' })).toMatchObject({
      status: 404,
      body: { type: '/problems/not-found', reason: 'flight-not-found' },
    });
  });

  test.each([
    [undefined, 409, 'conflict'],
    [3, 412, 'precondition-failed'],
    ['none', 412, 'precondition-failed'],
  ] as const)('a conflict when %s was expected is %i', (expectedRevision, status, type) => {
    const command = {
      commandId: 'm-1',
      cause,
      ...(expectedRevision === undefined ? {} : { expectedRevision }),
    };
    const conflicted = { status: 'conflicted', actual: 5, attempts: 1 } as const;
    expect(answerTo(conflicted, contextOf({ command }))).toMatchObject({
      status,
      body: { type: `/problems/${type}`, actualRevision: 5 },
    });
  });

  test('another request under the same key is 422', () => {
    expect(answerTo({ status: 'mismatched' })).toMatchObject({
      status: 422,
      body: { type: '/problems/idempotency-key-reused' },
    });
  });
});

describe('the answer with an entity', () => {
  test('that was erased in part has an ETag of its own, so that no 304 confirms a name that is gone', () => {
    const body = { id: 'f-1', pilot: 'Ada', crew: [{ name: ERASED }, { name: 'Grace' }] };
    const context = contextOf({ knownTags: ['"3"', '"3.1"'] });
    expect(entityAnswer({ ...body, crew: [] }, 3, context).status).toBe(304);
    expect(entityAnswer(body, 3, context)).toEqual({ status: 304, headers: { etag: '"3.1"' } });
    const more = { ...body, pilot: ERASED };
    const answer = { status: 200, body: more, headers: { etag: '"3.2"' } };
    expect(entityAnswer(more, 3, context)).toEqual(answer);
  });

  test('carries the revision as a strong ETag, and is 304 when the client has it', () => {
    const body = { id: 'f-1' };
    expect(entityAnswer(body, 3, contextOf())).toEqual({
      status: 200,
      body,
      headers: { etag: '"3"' },
    });
    expect(entityAnswer(body, 3, contextOf({ knownTags: ['"2"', '"3"'] }))).toEqual({
      status: 304,
      headers: { etag: '"3"' },
    });
    expect(entityAnswer(body, 3, contextOf({ knownTags: ['"4"', '"3.1"'] })).status).toBe(200);
    expect(entityAnswer(body, 'none', contextOf())).toEqual({ status: 200, body });
    expect(notFound('flight')).toMatchObject({ status: 404, body: { title: 'No such flight' } });
  });
});

describe('awaiting a read model', () => {
  /** A read model that is at 5 and gets no further. */
  function stuckAt5() {
    const asked: bigint[] = [];
    const reached = (position: bigint, signal: AbortSignal) => {
      asked.push(position);
      if (position <= 5n) return Promise.resolve(true);
      return new Promise<boolean>((resolve) => {
        if (signal.aborted) resolve(false);
        signal.addEventListener('abort', () => resolve(false));
      });
    };
    return { asked, readModel: { reached, checkpoint: async () => 5n } };
  }
  const withToken = (position: bigint, signal = new AbortController().signal) =>
    contextOf({ consistency: new Map([['flights', position]]), signal });

  test('with a token it may answer once that is reached', async () => {
    const { asked, readModel } = stuckAt5();
    const parts = { service: 'flights', head: async () => 9n, readModel };
    expect(await awaitConsistency({ ...parts, context: withToken(5n) })).toBeUndefined();
    expect(asked).toEqual([5n]);
  });

  test('with a token that is not reached within the deadline it is 503 and says how far it is', async () => {
    const deadline = new AbortController();
    const { readModel } = stuckAt5();
    const parts = { service: 'flights', head: async () => 9n, readModel };
    const waiting = awaitConsistency({ ...parts, context: withToken(8n, deadline.signal) });
    deadline.abort();
    expect(await waiting).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
      body: { type: '/problems/read-model-behind', wanted: '8', checkpoint: '5' },
    });
  });

  test('without a token, or with one of another service, it waits for the head only for a while', async () => {
    const { asked, readModel } = stuckAt5();
    const parts = { service: 'flights', head: async () => 9n, readModel };
    const context = contextOf({ consistency: new Map([['passengers', 77n]]) });
    expect(await awaitConsistency({ ...parts, context })).toBeUndefined();
    expect(asked).toEqual([9n]);
  });
});

describe('the OpenAPI document', () => {
  const services = [{ service: 'flights', routes: smallRoutes }];
  const document = openApi({ title: 'Small', version: '1.2.3', services }) as {
    paths: Record<string, Record<string, Record<string, unknown>>>;
    components: Record<string, Record<string, unknown>>;
  };

  test('names each operation after its contract, with its right and its parameters', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.toSorted()).toEqual(Object.keys(smallRoutes).toSorted());
    const list = document.paths['/flights']?.get;
    expect(list).toMatchObject({ 'x-right': 'flights:read', tags: ['flights'] });
    expect(list?.parameters).toContainEqual({
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
  });

  test('describes bodies, rejections and problems, and every reference leads somewhere', () => {
    const change = document.paths['/flights/{id}']?.patch;
    expect(change).toMatchObject({
      requestBody: { content: { 'application/json': { schema: { additionalProperties: false } } } },
      responses: { 422: { description: expect.stringContaining('`flight-already-departed`') } },
    });
    const references = [
      ...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g),
    ];
    expect(references.length).toBeGreaterThan(50);
    for (const [, kind = '', name = ''] of references) {
      expect(document.components[kind]?.[name], `${kind}/${name}`).toBeDefined();
    }
  });

  test('refuses two services that name an operation alike', () => {
    const twice = [...services, { service: 'copies', routes: smallRoutes }];
    expect(() => openApi({ title: 'Small', version: '1', services: twice })).toThrow(/taken/);
  });
});
