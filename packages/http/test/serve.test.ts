import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Served, serve } from '../src/index.ts';
import { smallService } from './small-service.ts';

describe('over a socket', () => {
  let service: ReturnType<typeof smallService>;
  let server: Served;
  let answered: Promise<Response>;
  let socket: Socket;

  beforeEach(async () => {
    service = smallService();
    server = await serve((request) => (answered = service.fetch(request)), {
      host: '127.0.0.1',
      port: 0,
    });
    socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
  });
  afterEach(async () => {
    socket.destroy();
    await server.close(1_000);
  });

  test.each(['GET /api/flights', 'POST /api/flights', 'GET foo://x/api/flights', 'GET /\\api'])(
    'an address that makes no URL with its Host gets a problem document: %s',
    async (line) => {
      socket.end(`${line} HTTP/1.1\r\nHost: not a host\r\nConnection: close\r\n\r\n`);
      let text = '';
      for await (const chunk of socket) text += chunk;
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect(text.toLowerCase()).toContain('content-type: application/problem+json');
      expect(text).toContain('"type":"/problems/malformed-url"');
      expect(service.calls).toEqual([]);
    },
  );

  test.each(['POST /api/flights', 'POST /api/flights/f-1/depart', 'PATCH /api/flights/f-1'])(
    'a body that breaks off reaches no handler, and is no defect of ours: %s',
    async (line) => {
      const reading = new Promise<void>((resolve) => {
        const { fetch } = service;
        service.fetch = (request, env) => {
          resolve();
          return fetch(request, env);
        };
      });
      const type = 'Content-Type: application/json\r\nTransfer-Encoding: chunked';
      socket.write(`${line} HTTP/1.1\r\nHost: test.internal\r\n${type}\r\n\r\n`);
      await reading;
      socket.resetAndDestroy();
      expect((await answered).status).toBe(400);
      expect(service.calls).toEqual([]);
      expect(service.logged).toEqual([]);
    },
  );
});
