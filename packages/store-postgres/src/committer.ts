import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@tidemark/core';
import pg from 'pg';
import { clientConfig, type PostgresTarget, prepareSession } from './connection.ts';
import { commitFaultOf, faultOf, isNotificationsFull } from './postgres-faults.ts';
import {
  createTextStatement,
  type StatementValue,
  sendStatement,
  type TextRow,
} from './text-statement.ts';

/** A statement that is sent often. */
export interface PreparedCall {
  readonly text: string;
  /** The same for the same text, so that whoever prepared it meant the same. */
  readonly name: string;
}

/** Names a statement by its text. */
export function prepareCall(text: string): PreparedCall {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return { text, name: `tidemark_${hash}` };
}

/** The one connection that commits. */
export interface Committer {
  /**
   * Sends one call, behind those before it, and answers its only row. The server parses and plans it at the first
   * time, or each time where a proxy in between gives each transaction to whatever connection is free.
   * @throws STORE_UNAVAILABLE and others when nothing was stored; OUTCOME_UNKNOWN when the connection was
   * lost, or the answer took too long, after the call had been sent.
   */
  readonly call: <Row extends TextRow>(
    call: PreparedCall,
    values: readonly StatementValue[],
  ) => Promise<Row>;
  readonly close: () => Promise<void>;
}

/** Long enough for a lock that another process holds while its disk is slow; a dead peer answers never. */
const ANSWER_WITHIN_MS = 30_000;
/** A session that reported an error of a statement answers at once. */
const GO_ON_WITHIN_MS = 5_000;
/**
 * SQLSTATEs of a prepared statement that this connection does not have, or has from somebody else: a proxy stands
 * between. The server says so before it runs anything.
 */
const PREPARED_ELSEWHERE: ReadonlySet<string | undefined> = new Set(['26000', '42P05']);
/** Waits between tries to connect; a server that restarts is back after some of them. */
const RECONNECT_AFTER_MS: readonly number[] = [50, 100, 200, 400, 800];

/**
 * Opens the connection at the first call and again after it was lost. Calls follow one another: commits of one
 * engine would only wait for each other in the server.
 */
export function createCommitter(target: PostgresTarget): Committer {
  const closing = new AbortController();
  let client: pg.Client | undefined;
  let isPreparing = true;
  let last: Promise<unknown> = Promise.resolve();

  const connect = async (): Promise<pg.Client> => {
    const opened = new pg.Client(clientConfig(target.connectionString));
    const forget = (): void => {
      if (client === opened) client = undefined;
    };
    opened.on('error', forget);
    opened.on('end', forget);
    try {
      await opened.connect();
      await prepareSession(opened);
    } catch (error) {
      void opened.end().catch(() => undefined);
      throw error;
    }
    client = opened;
    return opened;
  };

  const send = async <Row extends TextRow>(
    call: PreparedCall,
    values: readonly StatementValue[],
  ): Promise<Row> => {
    if (closing.signal.aborted) throw closed();
    const sending = client ?? (await retryConnecting(connect, closing.signal));
    try {
      const named = isPreparing ? { name: call.name } : {};
      const [row] = await sendStatement(
        sending,
        createTextStatement<Row>(call.text, values, { withinMs: ANSWER_WITHIN_MS, ...named }),
      );
      if (row !== undefined) return row;
      throw new Error('the call answered no row');
    } catch (error) {
      const lives = error instanceof pg.DatabaseError && (await goesOn(sending, error));
      if (!lives) {
        client = undefined;
        void sending.end().catch(() => undefined);
      }
      if (isPreparing && lives && PREPARED_ELSEWHERE.has(error.code)) {
        isPreparing = false;
        return await send(call, values);
      }
      throw commitFaultOf(error, lives);
    }
  };

  return {
    call: <Row extends TextRow>(call: PreparedCall, values: readonly StatementValue[]) => {
      const answer = last.then(() => send<Row>(call, values));
      last = answer.catch(() => undefined);
      return answer;
    },
    close: async () => {
      closing.abort();
      await last;
      await client?.end();
    },
  };
}

/** Whether the session still answers after an error. */
async function goesOn(client: pg.Client, error: pg.DatabaseError): Promise<boolean> {
  // Asked how full its queue is, PostgreSQL first removes what all have read. Nothing else does while nobody can notify.
  const question = isNotificationsFull(error) ? 'select pg_notification_queue_usage()' : 'select 1';
  const asked = createTextStatement(question, [], { withinMs: GO_ON_WITHIN_MS });
  return await sendStatement(client, asked).then(
    () => true,
    () => false,
  );
}

async function retryConnecting(
  connect: () => Promise<pg.Client>,
  closing: AbortSignal,
): Promise<pg.Client> {
  for (const afterMs of RECONNECT_AFTER_MS) {
    try {
      return await connect();
    } catch {
      // Tried again below; what the last try says is what the caller hears.
      await delay(afterMs, undefined, { signal: closing }).catch(() => undefined);
      if (closing.aborted) throw closed();
    }
  }
  return await connect().catch((error: unknown) => {
    throw unavailable(error);
  });
}

/** Whatever keeps a connection from opening, nothing was stored, and it may work later. */
function unavailable(error: unknown): Fault {
  const fault = faultOf(error);
  if (fault.code === 'STORE_UNAVAILABLE') return fault;
  return new Fault('STORE_UNAVAILABLE', 'cannot connect to PostgreSQL', { cause: error });
}

function closed(): Fault {
  return new Fault('STORE_UNAVAILABLE', 'the store is closed');
}
