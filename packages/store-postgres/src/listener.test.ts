import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createListener } from './listener.ts';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** Stands before the server; a connection that the server has closed stays open to the client until it is told. */
async function startHoldingProxy() {
  const { hostname, port } = new URL(server.url);
  const held: Socket[] = [];
  let accepted = 0;
  const proxy = createServer((client) => {
    accepted += 1;
    const upstream = connect({ port: Number(port), host: hostname });
    client.pipe(upstream);
    upstream.on('data', (chunk) => client.write(chunk));
    upstream.on('close', () => held.push(client));
    upstream.on('error', () => undefined);
    client.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(server.url);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { url: url.href, held, accepted: () => accepted, proxy };
}

test('a connection that breaks is replaced by one, though it is closed later than it is known to be broken', async () => {
  const proxy = await startHoldingProxy();
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  const changes: (() => void)[] = [];
  const nextChange = () => new Promise<void>((resolve) => changes.push(resolve));
  const payloads: string[] = [];
  const listener = createListener({
    connectionString: proxy.url,
    channel: 'tidemark_held',
    onPayload: (payload) => payloads.push(payload),
    onChange: () => changes.shift()?.(),
  });
  const listen = async () => {
    const change = nextChange();
    listener.start();
    await change;
    expect(listener.isListening()).toBe(true);
  };

  await listen();
  const broken = nextChange();
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where query like 'listen%' and pid <> pg_backend_pid()`);
  await broken;
  expect(listener.isListening()).toBe(false);
  await listen();
  while (proxy.held.length === 0) await admin.query('select 1');
  for (const socket of proxy.held) socket.destroy();
  while (payloads.length === 0) await admin.query(`notify tidemark_held, 'heard'`);
  expect(listener.isListening()).toBe(true);
  listener.start();
  await listener.close();
  expect(proxy.accepted()).toBe(2);
  proxy.proxy.close();
  await once(proxy.proxy, 'close');
  await admin.end();
});
