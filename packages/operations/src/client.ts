import type { RouteContract } from '@tidemark/http';
import type { z } from 'zod';
import { type OperationsRoutes, operationsRoutes } from './routes.ts';

/** What a problem document of an operator's route says. */
export interface OperationsProblem {
  readonly status: number;
  /** For example `not-found`. */
  readonly type: string;
  readonly title: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The platform answered, and not with what was asked for. */
export class OperationsError extends Error {
  readonly problem: OperationsProblem;
  constructor(problem: OperationsProblem) {
    super(problem.title);
    this.name = 'OperationsError';
    this.problem = problem;
  }
}

type Value = string | number | boolean | undefined;
type Fields<Schema> = Schema extends z.ZodObject ? keyof z.input<Schema> & string : never;

/** What an operation is given. Values are written as the contract reads them. */
export interface OperationInput<R extends RouteContract> {
  readonly params?: { readonly [Field in Fields<R['params']>]: string };
  readonly query?: { readonly [Field in Fields<R['query']>]?: Value };
  readonly body?: R['body'] extends z.ZodObject ? z.input<R['body']> : never;
  readonly signal?: AbortSignal;
  /** Where a stream of events goes on. */
  readonly lastEventId?: string;
}

type Bodies<R extends RouteContract> = R['answers'][keyof R['answers']];
/** What an operation answers when it went well. */
export type OperationAnswer<R extends RouteContract> =
  Bodies<R> extends { readonly body: infer Body extends z.ZodType } ? z.output<Body> : undefined;

export interface OperationsClient {
  /** The body of the answer. @throws OperationsError for a problem; what `fetch` throws when nobody answers. */
  readonly call: <Name extends keyof OperationsRoutes>(
    operation: Name,
    input?: OperationInput<OperationsRoutes[Name]>,
  ) => Promise<OperationAnswer<OperationsRoutes[Name]>>;
  /** The data of the server-sent events of a stream, until it or `signal` ends it. Throws as `call`. */
  readonly follow: <Name extends keyof OperationsRoutes>(
    operation: Name,
    input?: OperationInput<OperationsRoutes[Name]>,
  ) => AsyncGenerator<ReceivedEvent<OperationAnswer<OperationsRoutes[Name]>>>;
}

/** One server-sent event. */
export interface ReceivedEvent<Data> {
  readonly id?: string;
  readonly event?: string;
  readonly data: Data;
}

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, Value>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly lastEventId?: string;
}

/**
 * Calls the operators' routes of a platform. `url` is where it is served, for example `http://127.0.0.1:8080`.
 *
 * @example
 * const client = createOperationsClient({ url, token });
 * const { items } = await client.call('listServices');
 */
export function createOperationsClient(to: {
  readonly url: string;
  readonly token: string;
  readonly fetch?: (request: Request) => Promise<Response>;
}): OperationsClient {
  const send = async (operation: keyof OperationsRoutes, input: AnyInput): Promise<Response> => {
    const response = await (to.fetch ?? fetch)(toRequest(to, operationsRoutes[operation], input));
    if (response.ok) return response;
    throw new OperationsError(await readProblem(response));
  };
  return {
    call: async (operation, input = {}) => {
      const response = await send(operation, input);
      const text = await response.text();
      return text === '' ? undefined : JSON.parse(text);
    },
    follow: async function* (operation, input = {}) {
      const { body } = await send(operation, input);
      if (body !== null) yield* readEvents(body);
    },
  };
}

function toRequest(
  to: { readonly url: string; readonly token: string },
  { path, method }: RouteContract,
  input: AnyInput,
): Request {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(input.params?.[name] ?? ''),
  );
  const url = new URL(`/operations${filled}`, to.url);
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return new Request(url, {
    method,
    headers: {
      authorization: `Bearer ${to.token}`,
      ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(input.lastEventId === undefined ? {} : { 'last-event-id': input.lastEventId }),
    },
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  });
}

async function readProblem(response: Response): Promise<OperationsProblem> {
  const { status } = response;
  const text = await response.text();
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    const type = String(body.type).replace('/problems/', '');
    return { status, type, title: String(body.title), body };
  } catch {
    return { status, type: 'unknown', title: `The answer is ${status}, and no problem`, body: {} };
  }
}

async function* readEvents<Data>(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ReceivedEvent<Data>> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const frames = text.split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const fields = new Map(
        frame.split('\n').map((line) => {
          const colon = line.indexOf(': ');
          return [line.slice(0, colon), line.slice(colon + 2)] as const;
        }),
      );
      const data = fields.get('data');
      if (data === undefined) continue;
      const id = fields.get('id');
      const event = fields.get('event');
      yield {
        ...(id === undefined ? {} : { id }),
        ...(event === undefined ? {} : { event }),
        data: JSON.parse(data) as Data,
      };
    }
  }
}
