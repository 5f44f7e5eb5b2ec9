import { type PostgresServer, startPostgres } from '@tidemark/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTextStatement, sendStatement, type TextRow } from './text-statement.ts';

const PREPARED = 'select name from pg_prepared_statements';

let server: PostgresServer;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
});
afterEach(() => client.end());

test('values are sent and rows are answered as text, and null as null', async () => {
  const values = ['é\n"', 7, 2n ** 62n, true, null];
  const statement = createTextStatement(
    'select $1::text, $2::integer, $3::bigint, $4::boolean, $5::text',
    values,
  );
  expect(await sendStatement(client, statement)).toEqual([
    ['é\n"', '7', '4611686018427387904', 't', null],
  ]);
  expect(await sendStatement(client, createTextStatement('select where false', []))).toEqual([]);
});

test('rows are told as they come instead of being answered', async () => {
  const told: TextRow[] = [];
  const onRow = (row: TextRow) => void told.push(row);
  const sql = 'select n from generate_series(1, $1::integer) n';
  expect(await sendStatement(client, createTextStatement(sql, [3], { onRow }))).toEqual([]);
  expect(told).toEqual([['1'], ['2'], ['3']]);
});

test('what is thrown about a row is thrown once all have come, and the connection goes on', async () => {
  const refused = new Error('the second one');
  const told: TextRow[] = [];
  const onRow = (row: TextRow) => {
    told.push(row);
    if (told.length === 2) throw refused;
  };
  const sql = 'select n from generate_series(1, 10000) n';
  const sent = sendStatement(client, createTextStatement(sql, [], { onRow }));
  await expect(sent).rejects.toBe(refused);
  expect(told).toHaveLength(2);
  const next = createTextStatement("select 'next'", []);
  expect(await sendStatement(client, next)).toEqual([['next']]);
});

test('a statement with a name is prepared once for a connection, also when it fails', async () => {
  const divide = (by: number) =>
    sendStatement(client, createTextStatement('select 6 / $1::integer', [by], { name: 'divide' }));
  await expect(divide(0)).rejects.toMatchObject({ code: '22012' });
  expect(await divide(2)).toEqual([['3']]);
  expect(await divide(3)).toEqual([['2']]);
  expect(await sendStatement(client, createTextStatement(PREPARED, []))).toEqual([['divide']]);
});

test('a statement that cannot be parsed is an error, and the connection goes on', async () => {
  const wrong = createTextStatement('selec 1', [], { name: 'wrong' });
  await expect(sendStatement(client, wrong)).rejects.toMatchObject({ code: '42601' });
  const right = createTextStatement('select 1', [], { name: 'wrong' });
  expect(await sendStatement(client, right)).toEqual([['1']]);
});
