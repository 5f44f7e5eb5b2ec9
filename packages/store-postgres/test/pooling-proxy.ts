import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import pg from 'pg';
import { HEADER_BYTES, onMessages, typeOf } from './wire-messages.ts';

/** A proxy that gives each transaction of its clients to whatever connection to the server is free. */
export interface PoolingProxy {
  readonly url: string;
  /** How often a statement was prepared under a name. */
  readonly prepared: () => number;
  /** SQLSTATEs of the errors that the server has reported. */
  readonly sqlStates: () => readonly string[];
  readonly close: () => Promise<void>;
}

interface Client {
  readonly socket: Socket;
  /** What waits for a connection to the server. */
  unsent: Buffer[];
  server: Socket | undefined;
}

const TERMINATE = 'X';
const PARSE = 'P';
const ERROR_RESPONSE = 'E';
const READY_FOR_QUERY = 'Z';
/** Authenticated, and ready, outside of a transaction. */
const WELCOME = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');
const OUTSIDE_TRANSACTION = 'I';

/**
 * Stands before a server as PgBouncer does with `pool_mode = transaction` and no support for prepared statements. The
 * connection that has been free for longest is the next, so that of two each transaction gets the other one.
 */
export async function startPoolingProxy(
  serverUrl: string,
  connections: number,
): Promise<PoolingProxy> {
  const free: Socket[] = [];
  const waiting: Client[] = [];
  const holders = new Map<Socket, Client>();
  const sockets = new Set<Socket>();
  const sqlStates: string[] = [];
  let prepared = 0;

  const send = (client: Client): void => {
    if (client.server === undefined) {
      client.server = free.shift();
      if (client.server === undefined) return void waiting.push(client);
      holders.set(client.server, client);
    }
    for (const message of client.unsent) client.server.write(message);
    client.unsent = [];
  };
  const fromClient = (client: Client, message: Buffer): void => {
    if (typeOf(message) === TERMINATE) return;
    if (typeOf(message) === PARSE && message[HEADER_BYTES] !== 0) prepared += 1;
    client.unsent.push(message);
  };
  const fromServer = (server: Socket, message: Buffer): void => {
    const holder = holders.get(server);
    holder?.socket.write(message);
    if (typeOf(message) === ERROR_RESPONSE) sqlStates.push(sqlStateOf(message));
    const isFree =
      typeOf(message) === READY_FOR_QUERY &&
      message.toString('latin1', HEADER_BYTES) === OUTSIDE_TRANSACTION;
    if (!isFree) return;
    if (holder !== undefined) holder.server = undefined;
    holders.delete(server);
    free.push(server);
    const next = waiting.shift();
    if (next !== undefined) send(next);
  };

  for (let n = 0; n < connections; n += 1) {
    const server = await connect(serverUrl);
    sockets.add(server);
    free.push(server);
    onMessages(server, (messages) => {
      for (const message of messages) fromServer(server, message);
    });
  }
  const proxy = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    const client: Client = { socket, unsent: [], server: undefined };
    // The first message, which has no letter, says who comes; connections to the server are authenticated already.
    socket.once('data', () => {
      socket.write(WELCOME);
      onMessages(socket, (messages) => {
        for (const message of messages) fromClient(client, message);
        if (client.unsent.length > 0 && !waiting.includes(client)) send(client);
      });
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    url: url.href,
    prepared: () => prepared,
    sqlStates: () => sqlStates,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

/** A connection that the client library has opened and authenticated, for messages from here on. */
async function connect(serverUrl: string): Promise<Socket> {
  const socket = new Socket();
  const client = new pg.Client({ connectionString: serverUrl, stream: () => socket });
  client.on('error', () => socket.destroy());
  await client.connect();
  socket.removeAllListeners('data');
  return socket.setNoDelay(true);
}

function sqlStateOf(error: Buffer): string {
  const fields = error.toString('utf8', HEADER_BYTES).split('\0');
  return fields.find((field) => field.startsWith('C'))?.slice(1) ?? '';
}
