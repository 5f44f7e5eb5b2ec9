import { isEventStream } from '@tidemark/http';

/** Runs work unless too much is running; `undefined` when it was not run, or its stream is one too many. */
export type Guard = (work: () => Promise<Response>) => Promise<Response | undefined>;

/**
 * Limits what runs at once, so that a flood is refused at the door and what is inside goes on. A live
 * stream counts as a request until its headers are there, and as a stream until it ends.
 *
 * @example
 * const guard = createBulkhead({ maxRequests: 1_000, maxStreams: 500 });
 * const response = await guard(() => service.fetch(request));
 */
export function createBulkhead(limits: {
  readonly maxRequests: number;
  readonly maxStreams: number;
}): Guard {
  let requests = 0;
  let streams = 0;
  const endStream = (): void => {
    streams -= 1;
  };
  return async (work) => {
    if (requests >= limits.maxRequests) return undefined;
    requests += 1;
    try {
      const response = await work();
      if (!isEventStream(response) || response.body === null) return response;
      if (streams >= limits.maxStreams) {
        await response.body.cancel();
        return undefined;
      }
      streams += 1;
      return new Response(whenEnded(response.body, endStream), response);
    } finally {
      requests -= 1;
    }
  };
}

/** The same stream; `ended` is called once, when it ends, breaks or is cancelled, also while a chunk is waited for. */
function whenEnded(body: ReadableStream<Uint8Array>, ended: () => void): ReadableStream {
  const reader = body.getReader();
  let hasEnded = false;
  const end = (): void => {
    if (!hasEnded) ended();
    hasEnded = true;
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const chunk = await reader.read();
          if (!chunk.done) return controller.enqueue(chunk.value);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        end();
      },
      cancel: async (reason) => {
        end();
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
