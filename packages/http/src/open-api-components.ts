import { z } from 'zod';

const problemSchema = z.looseObject({
  type: z.string().describe('`/problems/<kebab-case>`; stable, to switch on'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  correlationId: z.string().describe('What to tell the people who run the platform'),
  reason: z.string().optional().describe('The reason of a rejection'),
  errors: z
    .array(
      z.strictObject({
        in: z.enum(['path', 'query', 'header', 'body']),
        path: z.string(),
        message: z.string(),
      }),
    )
    .optional()
    .describe('What is wrong with the request, with `/problems/invalid-request`'),
});

function header(name: string, description: string): object {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}

function answerHeader(description: string): object {
  return { description, schema: { type: 'string' } };
}

/** Parts of a document that all routes name. */
export const COMPONENTS = {
  schemas: { Problem: documentSchema() },
  parameters: {
    IdempotencyKey: header(
      'Idempotency-Key',
      'Names the command, so that a repeat changes nothing and is answered as the first time',
    ),
    IfMatch: header('If-Match', '`"<revision>"`: only if nobody has changed it since'),
    IfNoneMatch: header('If-None-Match', 'On a read: the ETags the client has. On a write: `*`'),
    ConsistencyToken: header(
      'Consistency-Token',
      '`<service>@<position>`, from the answer to a command: the answer is at least that new',
    ),
    LastEventId: header('Last-Event-ID', 'The last event that was seen; resumes behind it'),
    Prefer: header(
      'Prefer',
      '`respond-async`: the command is stored and answered with 202 and a status URL; it is carried out later',
    ),
    RequestTimeoutMs: header('Request-Timeout-Ms', 'How long the client waits; at most 10000'),
  },
  headers: {
    'Correlation-Id': answerHeader('The same for everything that follows from this request'),
    'Command-Id': answerHeader('Id of the command; causation id of the events it made'),
    ETag: answerHeader('`"<revision>"` of the entity'),
    'Consistency-Token': answerHeader('Give it to a query that must see what this command did'),
  },
};

function documentSchema(): object {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(problemSchema);
  return schema;
}

/** Which header parameters a route takes, by kind of route. */
export const PARAMETERS = {
  read: ['IfNoneMatch', 'ConsistencyToken', 'RequestTimeoutMs'],
  write: ['IdempotencyKey', 'IfMatch', 'IfNoneMatch', 'Prefer', 'RequestTimeoutMs'],
  stream: ['LastEventId'],
} as const;

/** Which headers its answers have. */
export const HEADERS = {
  read: ['Correlation-Id', 'ETag'],
  write: ['Correlation-Id', 'Command-Id', 'ETag', 'Consistency-Token'],
} as const;

/** Problems of every read, of writes beside them, and of routes with a body. */
export const PROBLEMS = {
  read: {
    400: 'The request does not fit its contract; `errors` says where',
    404: 'No such thing',
    503: 'Not now: a store, a neighbour or a read model is behind or away; repeat after `Retry-After`',
  },
  write: {
    409: 'Others kept changing it at the same time; nothing was changed',
    412: 'It is not in the state that `If-Match` or `If-None-Match` asks for',
    422: 'An Idempotency-Key was used for another request',
  },
  withBody: {
    413: 'The body has more than 64 KiB',
    415: 'The body is not application/json',
  },
} as const;
