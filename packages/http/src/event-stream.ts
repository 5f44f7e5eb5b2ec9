import type { Answer } from './answer.ts';

/** One server-sent event. `data` is sent as JSON; `id` comes back as `Last-Event-ID`. */
export interface ServerSentEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: unknown;
}

const HEARTBEAT_MS = 15_000;
/** The first bytes send the headers on their way and tell the client how long to wait before it comes back. */
const OPENING = 'retry: 1000\n: open\n\n';
const HEARTBEAT = ': alive\n\n';

/**
 * A stream of server-sent events with a comment every 15 s as heartbeat. Nothing is asked of `events`
 * before the client reads; when the client goes, or when its iteration throws, it is stopped. Tie what
 * it waits for to `context.signal`, which aborts then.
 *
 * @example
 * return eventStream(watch(context.signal));
 */
export function eventStream(events: AsyncIterable<ServerSentEvent>): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
    body: toStream(events),
  };
}

function toStream(events: AsyncIterable<ServerSentEvent>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let iterator: AsyncIterator<ServerSentEvent> | undefined;
  let heartbeat: NodeJS.Timeout | undefined;

  const open = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    iterator = events[Symbol.asyncIterator]();
    heartbeat = setInterval(() => {
      // A client that does not read gets no pile of comments.
      if (controller.desiredSize === 0) controller.enqueue(encoder.encode(HEARTBEAT));
    }, HEARTBEAT_MS);
    heartbeat.unref();
    controller.enqueue(encoder.encode(OPENING));
  };
  const next = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const result = await iterator?.next();
      if (result !== undefined && !result.done) {
        controller.enqueue(encoder.encode(frame(result.value)));
        return;
      }
      clearInterval(heartbeat);
      controller.close();
    } catch (error) {
      clearInterval(heartbeat);
      controller.error(error);
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => (iterator === undefined ? open(controller) : next(controller)),
      cancel: async () => {
        clearInterval(heartbeat);
        await iterator?.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function frame(event: ServerSentEvent): string {
  const id = event.id === undefined ? '' : `id: ${oneLine(event.id)}\n`;
  const name = event.event === undefined ? '' : `event: ${oneLine(event.event)}\n`;
  return `${id}${name}data: ${JSON.stringify(event.data)}\n\n`;
}

/** A line end would let a value write lines of its own. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, '');
}
