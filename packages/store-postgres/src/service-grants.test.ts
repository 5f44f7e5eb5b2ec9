import { appendOf, newEvent, type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresEventEngine } from './event-engine.ts';
import { openPostgresReadModels } from './read-models.ts';
import { serviceGrants } from './service-grants.ts';

let server: PostgresServer;
let owner: pg.Client;
const role = `tidemark_service_${process.pid}`;

beforeAll(async () => {
  server = await startPostgres();
  owner = new pg.Client({ connectionString: server.url });
  await owner.connect();
});
afterAll(async () => {
  await owner.query(`drop owned by ${role} cascade; drop role ${role}`);
  await owner.end();
  await server.stop();
});

test('a role with the grants of a service appends and reads, but changes nothing that was stored', async () => {
  const schema = 'granted';
  await (await createPostgresEventEngine({ url: server.url, schema })).close();
  await owner.query(`create role ${role} login password 'role'`);
  await owner.query(serviceGrants({ schema, role }));
  const url = new URL(server.url);
  url.username = role;
  url.password = 'role';

  const engine = await createPostgresEventEngine({ url: url.href, schema });
  const request = appendOf([newEvent('door-1', { tags: ['key:1'] })], [], { commandId: 'c-1' });
  expect(await engine.commit([request])).toMatchObject([{ kind: 'appended' }]);
  expect(await engine.commit([request])).toMatchObject([{ kind: 'duplicate' }]);
  expect((await engine.readLog({ after: 0n, limit: 10 })).events).toHaveLength(1);
  await engine.close();
  const readModels = await openPostgresReadModels({ url: url.href, schema });
  await readModels.checkpoints.save('reader', 1n);
  await readModels.close();

  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  for (const statement of [
    "update granted.events set data = '{}'",
    'delete from granted.events',
    'truncate granted.events',
    'alter table granted.events disable trigger events_append_only',
    'drop table granted.events',
    'delete from granted.log_head',
  ]) {
    await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' });
  }
  await client.end();
});

test('what such a role makes in the schema is not run by the owner who opens it again', async () => {
  await owner.query('create database attacked');
  const url = new URL(server.url);
  url.pathname = 'attacked';
  await (await createPostgresEventEngine({ url: url.href })).close();
  const inside = new pg.Client({ connectionString: url.href });
  await inside.connect();
  await inside.query(serviceGrants({ schema: 'public', role }));
  await inside.query(`set role ${role}`);
  // Fits better than the function of PostgreSQL, which takes a bigint.
  await inside.query(`create function public.hashtextextended(text, integer) returns bigint
    language plpgsql as $$ begin
      alter table public.events disable trigger events_append_only;
      return 1;
    end $$`);
  await (await createPostgresEventEngine({ url: url.href })).close();
  const { rows } = await inside.query(
    `select tgenabled from pg_trigger where tgname = 'events_append_only'`,
  );
  expect(rows).toEqual([{ tgenabled: 'O' }]);
  await inside.end();
  await owner.query('drop database attacked');
});

test('names that are not plain are refused', () => {
  expect(() => serviceGrants({ schema: 'a"b', role: 'r' })).toThrow(/plain lower-case/);
});
