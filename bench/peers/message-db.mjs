// Message DB: its functions in the server, called with prepared statements over a pool. One event a call, JSON in jsonb.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { contestAsPeer, createDatabase } from './peer-workloads.ts';

const CONNECTIONS = 16;
const PAGE = 1_000;
/** In the order of its own install scripts; roles and privileges are left out. */
const FILES = [
  'schema/message-store',
  'extensions/pgcrypto',
  'tables/messages',
  'types/message',
  ...[
    'message-store-version',
    'hash-64',
    'acquire-lock',
    'category',
    'is-category',
    'id',
    'cardinal-id',
  ].map((name) => `functions/${name}`),
  ...['stream-version', 'write-message', 'get-stream-messages'].map((name) => `functions/${name}`),
  ...['id', 'stream', 'category'].map((name) => `indexes/messages-${name}`),
];
const PATH = 'set search_path to message_store, public';
const WRITE = 'select message_store.write_message($1, $2, $3, $4::jsonb, $5::jsonb, $6)';
const READ = 'select * from message_store.get_stream_messages($1, $2, $3)';
const META = { correlationId: 'a3bb189e-8bf9-3888-9912-ace4e6543002', actor: 'user-1842' };

contestAsPeer(async (task) => {
  const database = await createDatabase(task);
  const pool = new pg.Pool({ connectionString: database.url, max: CONNECTIONS });
  // The path that its role has; without it its functions do not find one another.
  pool.on('connect', (client) => client.query(PATH));
  await install(pool);
  const write = (stream, last, data) =>
    pool.query({
      name: 'write',
      text: WRITE,
      values: [
        randomUUID(),
        stream,
        'SeatBooked',
        JSON.stringify(data),
        JSON.stringify(META),
        last,
      ],
    });
  const read = async (stream, onEvent) => {
    let from = 0;
    for (;;) {
      const { rows } = await pool.query({ name: 'read', text: READ, values: [stream, from, PAGE] });
      for (const { data } of rows) onEvent(JSON.parse(data));
      from += rows.length;
      if (rows.length < PAGE) return from;
    }
  };
  return {
    append: async (stream, last, data) => {
      for (const [n, one] of data.entries()) await write(stream, last + n, one);
    },
    read: (stream) => read(stream, () => {}),
    command: async (stream, data) => {
      let amount = 0;
      const events = await read(stream, ({ price }) => {
        amount += price.amount;
      });
      if (amount < 0) throw new Error('folded wrongly');
      await write(stream, events - 1, data);
    },
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
});

async function install(pool) {
  const manifest = createRequire(import.meta.url).resolve('@eventide/message-db/package.json');
  for (const file of FILES) {
    const text = await readFile(join(dirname(manifest), 'database', `${file}.sql`), 'utf8');
    await pool.query(text.replaceAll('CONCURRENTLY', ''));
  }
}
