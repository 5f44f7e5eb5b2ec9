import type { Socket } from 'node:net';

/** Type and length of a message. */
export const HEADER_BYTES = 5;

/** Hands on PostgreSQL's messages, whole ones, as they come; either way, behind the first. */
export function onMessages(socket: Socket, take: (messages: readonly Buffer[]) => void): void {
  let held = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const { whole, rest } = takeMessages(Buffer.concat([held, chunk]));
    held = rest;
    take(whole);
  });
}

/** `rest` is the beginning of a message still to come. */
function takeMessages(bytes: Buffer): {
  readonly whole: readonly Buffer[];
  readonly rest: Buffer<ArrayBuffer>;
} {
  const whole: Buffer[] = [];
  let at = 0;
  while (bytes.length >= at + HEADER_BYTES) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (bytes.length < end) break;
    whole.push(bytes.subarray(at, end));
    at = end;
  }
  return { whole, rest: Buffer.from(bytes.subarray(at)) };
}

/** The letter that says what a message is. */
export function typeOf(message: Buffer): string {
  return message.toString('latin1', 0, 1);
}
