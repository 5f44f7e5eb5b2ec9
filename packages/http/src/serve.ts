import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { newId } from '@tidemark/runtime';
import { type Answer, isEventStream, toResponse } from './answer.ts';
import { internalProblem, problem } from './problems.ts';

/** A server that listens. */
export interface Served {
  /** The port it listens on, also when 0 was asked for. */
  readonly port: number;
  /** Stops accepting, ends live streams, lets other requests end within `drainMs`, then closes what is left. */
  readonly close: (drainMs: number) => Promise<void>;
}

/**
 * What goes on over a connection. Kept for each connection and not for each request: a map that thousands of requests a
 * second pass through keeps them from being collected young.
 */
interface Connection {
  /** Requests without a whole answer yet. */
  requests: number;
  /** The live stream that it carries, if any. */
  stream: ServerResponse | undefined;
}

/** A client that sends slowly, or nothing, does not hold a connection for long. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  maxHeaderSize: 16_384,
  connectionsCheckingInterval: 1_000,
};

/**
 * Serves a fetch on a TCP port; resolves once it listens.
 *
 * @throws whatever listening throws, for example when the port is taken.
 * @example
 * const server = await serve(service.fetch, { host: '127.0.0.1', port: 0 });
 * await server.close(3_000);
 */
export async function serve(
  fetch: (request: Request) => Promise<Response>,
  options: { readonly host: string; readonly port: number },
): Promise<Served> {
  const connections = new Map<Socket, Connection>();
  let closing = false;
  const errorHandler = (error: unknown) => toResponse(unserved(error), { correlationId: newId() });
  const answer = async (request: Request, outgoing: ServerResponse): Promise<Response> => {
    const response = await fetch(request);
    if (closing) outgoing.setHeader('connection', 'close');
    if (isEventStream(response)) {
      const connection = connections.get(outgoing.req.socket);
      if (connection !== undefined) connection.stream = outgoing;
      if (closing) setImmediate(() => outgoing.end());
    }
    return response;
  };
  const listener = getRequestListener(
    (request, env) => answer(request, env.outgoing as ServerResponse),
    { errorHandler },
  );
  const server = createServer(LIMITS, (incoming, outgoing) => {
    const connection = connections.get(incoming.socket);
    if (connection !== undefined) connection.requests += 1;
    outgoing.once('close', () => {
      if (connection !== undefined) connection.requests -= 1;
      if (connection?.stream === outgoing) connection.stream = undefined;
      if (closing) setImmediate(closeUnused);
    });
    void listener(incoming, outgoing);
  });
  server.on('connection', (socket) => {
    connections.set(socket, { requests: 0, stream: undefined });
    socket.once('close', () => connections.delete(socket));
  });
  // Also those that never sent a request: clients open some in advance, and Node does not count them as idle.
  const closeUnused = (): void => {
    for (const [socket, { requests }] of connections) if (requests === 0) socket.destroySoon();
  };
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: async (drainMs) => {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const { stream } of connections.values()) stream?.end();
      closeUnused();
      const timer = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** What becomes of a request that no `Request` can be made of, or that `fetch` rejects. */
function unserved(error: unknown): Answer {
  if (!(error instanceof RequestError)) return internalProblem();
  return problem({
    status: 400,
    type: 'malformed-url',
    title: 'The address, or the Host header, cannot be understood',
  });
}

function listen(
  server: Server,
  options: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
