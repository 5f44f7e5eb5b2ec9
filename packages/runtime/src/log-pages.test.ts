import type { LogPageRequest } from '@tidemark/core';
import { createMemoryEventEngine } from '@tidemark/store-memory';
import { newEvents } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { createLogPages } from './log-pages.ts';

async function setUp(events: number) {
  const engine = createMemoryEventEngine();
  await engine.commit([{ events: newEvents('flight-1', events), conditions: [] }]);
  const asked: bigint[] = [];
  let fails = false;
  const readLog = async (request: LogPageRequest) => {
    asked.push(request.after);
    if (fails) throw new Error('no answer');
    return engine.readLog(request);
  };
  const pages = createLogPages({ readLog }, { query: [{ categories: ['flight'] }], limit: 4 });
  return {
    ...{ engine, pages, asked },
    failing: (now: boolean) => {
      fails = now;
    },
  };
}

test('a page that was read ahead is not asked for again', async () => {
  const { pages, asked } = await setUp(10);
  const first = await pages.read(0n);
  pages.readAhead(first);
  expect(asked).toEqual([0n, 4n]);
  expect((await pages.read(4n)).scannedTo).toBe(8n);
  expect(asked).toEqual([0n, 4n]);
  expect((await pages.read(8n)).scannedTo).toBe(10n);
});

test('nothing is read ahead at the end of the log', async () => {
  const { pages, asked } = await setUp(3);
  pages.readAhead(await pages.read(0n));
  expect(asked).toEqual([0n]);
});

test('where few events match, what follows is read ahead as well', async () => {
  const { engine, asked } = await setUp(2);
  await engine.commit([{ events: newEvents('gate-1', 5), conditions: [] }]);
  const inWindows = async ({ after, limit }: LogPageRequest) => {
    asked.push(after);
    const { events, scannedTo } = await engine.readLog({ after, limit });
    return { events: events.filter(({ stream }) => stream === 'flight-1'), scannedTo };
  };
  const pages = createLogPages(
    { readLog: inWindows },
    { query: [{ categories: ['flight'] }], limit: 4 },
  );
  const first = await pages.read(0n);
  expect(first.events).toHaveLength(2);
  expect(pages.readAhead(first)).toBe(true);
  expect(asked).toEqual([0n, 4n]);
  expect(pages.readAhead(await pages.read(4n))).toBe(false);
});

test('who goes on from elsewhere gets that page, and a failure is met when the page is wanted', async () => {
  const { pages, failing } = await setUp(10);
  pages.readAhead(await pages.read(0n));
  expect((await pages.read(2n)).events[0]?.position).toBe(3n);
  failing(true);
  pages.readAhead({
    events: (await setUp(4).then(({ pages: other }) => other.read(0n))).events,
    scannedTo: 4n,
  });
  await expect(pages.read(4n)).rejects.toThrow('no answer');
  failing(false);
  expect((await pages.read(4n)).events[0]?.position).toBe(5n);
});
