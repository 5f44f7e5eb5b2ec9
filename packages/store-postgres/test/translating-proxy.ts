import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { HEADER_BYTES, onMessages, typeOf } from './wire-messages.ts';

/** A server whose reports of errors are in other words; nothing else of what it says is changed. */
export interface TranslatingProxy {
  readonly url: string;
  readonly close: () => Promise<void>;
}

const ERROR_RESPONSE = 'E';
const SEVERITY = 'S';
const MESSAGE = 'M';

/**
 * Stands before a server as a TCP proxy and translates the severity and the text of its errors, as a server does
 * whose `lc_messages` is of another language. Languages are not installed everywhere; this is.
 */
export async function startTranslatingProxy(
  serverUrl: string,
  words: Readonly<Record<string, string>>,
): Promise<TranslatingProxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const proxy = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: Number(port || 5432), host: hostname, noDelay: true });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    client.pipe(upstream);
    onMessages(upstream, (messages) => {
      for (const message of messages) client.write(translate(message, words));
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    url: url.href,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

function translate(message: Buffer, words: Readonly<Record<string, string>>): Buffer {
  if (typeOf(message) !== ERROR_RESPONSE) return message;
  const fields = message.subarray(HEADER_BYTES).toString('utf8').split('\0');
  const body = fields
    .map((field) => {
      if (field.startsWith(SEVERITY)) return SEVERITY + (words[field.slice(1)] ?? field.slice(1));
      return field.startsWith(MESSAGE) ? `${MESSAGE}etwas ging schief` : field;
    })
    .join('\0');
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(ERROR_RESPONSE);
  header.writeInt32BE(Buffer.byteLength(body) + HEADER_BYTES - 1, 1);
  return Buffer.concat([header, Buffer.from(body)]);
}
