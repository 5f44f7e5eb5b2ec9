import { afterEach, expect, test, vi } from 'vitest';
import { eventStream, type ServerSentEvent, serve } from '../src/index.ts';
import { smallService } from './small-service.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Events pushed by hand; `stopped` resolves when nobody wants more. */
function channel() {
  const waiting: ((event: IteratorResult<ServerSentEvent>) => void)[] = [];
  const ready: ServerSentEvent[] = [];
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const next = (): Promise<IteratorResult<ServerSentEvent>> => {
    const value = ready.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    return new Promise((resolve) => waiting.push(resolve));
  };
  const push = (value: ServerSentEvent): void => {
    const taker = waiting.shift();
    if (taker === undefined) ready.push(value);
    else taker({ done: false, value });
  };
  const end = async () => {
    stop();
    return { done: true as const, value: undefined };
  };
  return { push, stopped, events: { [Symbol.asyncIterator]: () => ({ next, return: end }) } };
}

/** A promise and what resolves it. */
function signalled() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function readerOf(response: Pick<Response, 'body'>) {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  return { read, cancel: () => reader.cancel() };
}

test('events are sent with id, name and JSON, behind an opening that is sent at once', async () => {
  const { push, events } = channel();
  const { send } = smallService({ watchFlights: async () => eventStream(events) });
  const response = await send('GET', '/api/flights-live');
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const { read, cancel } = readerOf(response);
  expect(await read()).toBe('retry: 1000\n: open\n\n');
  push({ id: '7\n8', event: 'changed', data: { text: 'two\nlines' } });
  expect(await read()).toBe('id: 78\nevent: changed\ndata: {"text":"two\\nlines"}\n\n');
  push({ data: 1 });
  expect(await read()).toBe('data: 1\n\n');
  await cancel();
});

test('when the client goes, the source is stopped and the signal aborts', async () => {
  const { stopped, events } = channel();
  let signal: AbortSignal | undefined;
  const { send } = smallService({
    watchFlights: async ({ context }) => {
      signal = context.signal;
      return eventStream(events);
    },
  });
  const { read, cancel } = readerOf(await send('GET', '/api/flights-live'));
  await read();
  expect(signal?.aborted).toBe(false);
  await cancel();
  await stopped;
  expect(signal?.aborted).toBe(true);
});

test('HEAD asks nothing of the source', async () => {
  let asked = 0;
  const events = {
    [Symbol.asyncIterator]: () => {
      asked += 1;
      return { next: () => new Promise<never>(() => undefined) };
    },
  };
  const { send } = smallService({ watchFlights: async () => eventStream(events) });
  const response = await send('HEAD', '/api/flights-live');
  expect([response.status, response.body, asked]).toEqual([200, null, 0]);
});

test('a silent stream has a comment every 15 s, and no timer after its end', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { events } = channel();
  const answer = eventStream(events);
  const { read, cancel } = readerOf(answer as { body: ReadableStream });
  await read();
  const heartbeat = read();
  vi.advanceTimersByTime(15_000);
  expect(await heartbeat).toBe(': alive\n\n');
  expect(vi.getTimerCount()).toBe(1);
  await cancel();
  expect(vi.getTimerCount()).toBe(0);
});

test('a source that breaks ends the stream, so that the client comes back, and is logged', async () => {
  const failing = async function* (): AsyncGenerator<ServerSentEvent> {
    yield { data: 1 };
    throw new Error('the log is gone');
  };
  const { send, logged } = smallService({ watchFlights: async () => eventStream(failing()) });
  const response = await send('GET', '/api/flights-live');
  expect(await response.text()).toBe('retry: 1000\n: open\n\ndata: 1\n\n');
  expect(logged).toMatchObject([{ level: 'warn', fields: { operation: 'watchFlights' } }]);
});

test('over a socket: closing the server ends live streams and stops their sources', async () => {
  const { push, stopped, events } = channel();
  const { fetch: service } = smallService({ watchFlights: async () => eventStream(events) });
  const server = await serve(service, { host: '127.0.0.1', port: 0 });
  const response = await fetch(`http://127.0.0.1:${server.port}/api/flights-live`);
  const { read } = readerOf(response);
  expect(await read()).toBe('retry: 1000\n: open\n\n');
  push({ data: 1 });
  expect(await read()).toBe('data: 1\n\n');
  await server.close(10_000);
  await stopped;
  expect(await read()).toBe('');
});

test('over a socket: a client that hangs up stops the source', async () => {
  const { stopped, events } = channel();
  const { fetch: service } = smallService({ watchFlights: async () => eventStream(events) });
  const server = await serve(service, { host: '127.0.0.1', port: 0 });
  const client = new AbortController();
  const url = `http://127.0.0.1:${server.port}/api/flights-live`;
  const { read } = readerOf(await fetch(url, { signal: client.signal }));
  await read();
  client.abort();
  await stopped;
  await server.close(1_000);
});

test('over a socket: a request that runs when the server closes still gets its answer', async () => {
  let finish: () => void = () => undefined;
  const started = signalled();
  const { fetch: service } = smallService({
    getFlight: async () => {
      started.resolve();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { status: 200, body: { id: 'f-1' } };
    },
  });
  const server = await serve(service, { host: '127.0.0.1', port: 0 });
  const answer = fetch(`http://127.0.0.1:${server.port}/api/flights/f-1`);
  await started.promise;
  const closed = server.close(10_000);
  finish();
  expect(await (await answer).json()).toEqual({ id: 'f-1' });
  await closed;
  await expect(fetch(`http://127.0.0.1:${server.port}/healthz`)).rejects.toThrow();
});

test('over a socket: a request that does not end is cut off after the drain time', async () => {
  const started = signalled();
  const { fetch: service } = smallService({
    getFlight: () => {
      started.resolve();
      return new Promise<never>(() => undefined);
    },
  });
  const server = await serve(service, { host: '127.0.0.1', port: 0 });
  const answer = fetch(`http://127.0.0.1:${server.port}/api/flights/f-1`);
  const failed = expect(answer).rejects.toThrow();
  await started.promise;
  await server.close(20);
  await failed;
});

test('a port that is taken is an error at the start', async () => {
  const { fetch: service } = smallService();
  const server = await serve(service, { host: '127.0.0.1', port: 0 });
  await expect(serve(service, { host: '127.0.0.1', port: server.port })).rejects.toThrow(
    /EADDRINUSE/,
  );
  await server.close(1_000);
});
