import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Fault, type StoreCheck } from '@tidemark/core';
import { driverModule } from './open-sqlite.ts';

const run = promisify(execFile);

// What the table itself holds, read row by row, beside what its indexes lead to.
const INTEGRITY = 'PRAGMA integrity_check(20)';
const EVENTS = `SELECT count(*) AS rows, coalesce(max(pos), 0) AS head, coalesce(min(pos), 1) AS first,
  (SELECT max(postings_complete_to, has_begun) FROM progress) AS at_least
  FROM events NOT INDEXED WHERE type <> ''`;
const hasNoPosting = (text: string) =>
  `NOT EXISTS (SELECT 1 FROM postings p WHERE p.key = key_of(${text}) AND p.pos = e.pos)`;
const INDEXED =
  'FROM events e NOT INDEXED WHERE e.pos <= (SELECT postings_complete_to FROM progress)';
const HIDDEN = `SELECT count(*) AS rows ${INDEXED} AND ${hasNoPosting("'s' || e.stream")}`;
const COMMAND = "json_extract(e.meta, '$.command.id')";
const UNMARKED = `SELECT count(*) AS rows ${INDEXED} AND (
  (${COMMAND} NOT NULL AND ${hasNoPosting(`'c' || ${COMMAND}`)})
  OR EXISTS (SELECT 1 FROM json_each(e.meta, '$.tags') t WHERE ${hasNoPosting("'t' || t.value")}))`;
const ASTRAY = `SELECT count(*) AS rows
  FROM postings WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.pos = postings.pos)`;

/**
 * `key_of` is what the keys of the index are, which SQLite cannot compute by itself. Runs in a process of its own: SQLite
 * answers only when it is done, and a file that is damaged badly enough may take down who reads it. All statements see
 * one moment; one that fails is an answer too.
 */
const PROGRAM = `
const [driver, path, statements] = process.argv.slice(1);
const { DatabaseSync } = require(driver);
const { crc32 } = require('node:zlib');
const database = new DatabaseSync(path);
database.exec('PRAGMA busy_timeout = 10000');
database.exec('PRAGMA query_only = ON');
database.function('key_of', { deterministic: true }, (text) => crc32(text) | 0);
database.exec('BEGIN');
const answer = (sql) => {
  try {
    return { rows: database.prepare(sql).all().map((row) => Object.values(row)) };
  } catch (error) {
    return { rows: [], failed: error.message };
  }
};
process.stdout.write(JSON.stringify(JSON.parse(statements).map(answer)));
`;

interface Answer {
  readonly rows: readonly (readonly (string | number)[])[];
  readonly failed?: string;
}

/** Checks a file of events from the outside. @throws STORE_UNAVAILABLE, and the reason of `signal`. */
export async function verifyEvents(
  path: string,
  signal: AbortSignal,
): Promise<readonly StoreCheck[]> {
  const statements = [INTEGRITY, EVENTS, HIDDEN, UNMARKED, ASTRAY];
  const [integrity, events, hidden, unmarked, astray] = await ask(path, statements, signal);
  return [
    checkOf('SQLite finds its file whole', integrity, ({ rows }) => ({
      isSound: rows.length === 1 && rows[0]?.[0] === 'ok',
      detail: rows.map(([line]) => line).join('; '),
    })),
    checkOf('positions count on from 1 to the last', events, ({ rows: [row = []] }) => ({
      isSound: row[0] === row[1] && row[2] === 1 && Number(row[1]) >= Number(row[3]),
      detail: `${row[0]} events, positions ${row[2]} to ${row[1]}`,
    })),
    checkOf('every event is found by its stream', hidden, noneOf('indexed events are not found')),
    checkOf(
      'every event is found by its tags and its command',
      unmarked,
      noneOf('indexed events are not found'),
    ),
    checkOf('the index leads to events', astray, noneOf('places without an event')),
  ];
}

function noneOf(what: string) {
  return ({ rows }: Answer) => ({ isSound: rows[0]?.[0] === 0, detail: `${rows[0]?.[0]} ${what}` });
}

function checkOf(
  check: string,
  answer: Answer | undefined,
  judge: (answer: Answer) => Omit<StoreCheck, 'check'>,
): StoreCheck {
  if (answer === undefined) return { check, isSound: false, detail: 'no answer' };
  if (answer.failed !== undefined) return { check, isSound: false, detail: answer.failed };
  return { check, ...judge(answer) };
}

async function ask(
  path: string,
  statements: readonly string[],
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  signal.throwIfAborted();
  const args = ['-e', PROGRAM, driverModule(), path, JSON.stringify(statements)];
  try {
    const { stdout } = await run(process.execPath, args, { signal, env: {} });
    return JSON.parse(stdout) as readonly Answer[];
  } catch (cause) {
    signal.throwIfAborted();
    throw new Fault('STORE_UNAVAILABLE', 'the file could not be verified', { cause });
  }
}
