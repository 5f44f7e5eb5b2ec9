import { describe, expect, test } from 'vitest';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.ts';

/** A stream that brings a text byte by byte, so that nothing rests on where chunks end. */
function streamOf(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull: (controller) => {
      if (at === bytes.length) controller.close();
      else controller.enqueue(bytes.subarray(at, at + 1));
      at += 1;
    },
  });
}

async function eventsOf(text: string): Promise<readonly ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(streamOf(text))) events.push(event);
  return events;
}

describe('server-sent events that were asked for with fetch', () => {
  test('come whole and in order, whatever their chunks, with letters of several bytes', async () => {
    expect(
      await eventsOf('event: record\ndata: {"name":"Zoë"}\n\nevent: end\ndata: 1\n\n'),
    ).toEqual([
      { event: 'record', data: '{"name":"Zoë"}' },
      { event: 'end', data: '1' },
    ]);
  });

  test('are joined over lines, and comments are passed over', async () => {
    expect(await eventsOf(': ping\n\ndata: one\ndata:two: 2\n\n')).toEqual([
      { event: 'message', data: 'one\ntwo: 2' },
    ]);
  });

  test('that break off are none', async () => {
    expect(await eventsOf('event: end\ndata: 1')).toEqual([]);
  });
});
