import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Count,
  count,
  expectedCounts,
  fill,
  openService,
  rowsOf,
  type Service,
  streamOf,
  untilStatus,
} from './rebuild-world.ts';

const SCRIPT = fileURLToPath(new URL('rebuild-child.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const EVENTS = 20_000;
const CALLERS = 8;
const LIMIT_MS = 300_000;

let folder = '';
const children = new Set<ChildProcess>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-rebuild-'));
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await rm(folder, { recursive: true });
});

async function startChild(...pace: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, folder, ...pace], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  await once(child.stdout, 'data');
  return child;
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<unknown[]> {
  const ended = once(child, 'close');
  child.kill(signal);
  children.delete(child);
  return ended;
}

/** Writes and asks for what was written, again and again. Answers how often each state was met. */
async function callUntil(
  service: Service,
  stop: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const met = new Map<string, number>();
  const callOn = async (caller: number): Promise<void> => {
    while (!stop.aborted) {
      const before = (await service.live.get(streamOf(caller)))?.events ?? 0;
      const position = await count(service, caller);
      expect(await service.live.reached(position, AbortSignal.timeout(LIMIT_MS))).toBe(true);
      expect((await service.live.get(streamOf(caller)))?.events).toBe(before + 1);
      const page = await service.live.find({ index: 'by_total', equals: [], limit: 7 });
      expect(page.items).toHaveLength(7);
      const { state } = await service.live.rebuild.status();
      met.set(state, (met.get(state) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, caller) => callOn(caller)));
  return met;
}

test('commands and queries go on through a rebuild, a switch, a way back and a drop, and none fails', async () => {
  const service = await openService(folder);
  const { live } = service;
  await fill(service, EVENTS);
  const stop = new AbortController();
  const running = live.runnable.run(stop.signal);
  await live.reached(BigInt(EVENTS), stop.signal);
  // Of a counter that nobody counts meanwhile.
  const wrong: Count = { id: 'counter-30', total: 1, events: 77 };
  const table = await service.readModels.open<Count>({
    ...{ name: 'counts', version: 1, indexes: { by_total: ['total'] } },
  });
  await table.parking?.settle({ rows: new Map([[wrong.id, wrong]]), parked: [] });

  const enough = new AbortController();
  const calling = callUntil(service, enough.signal);
  expect(await live.rebuild.start()).toBe('done');
  const { comparison } = await untilStatus(service, ({ state }) => state === 'ready');
  expect(comparison).toMatchObject({ rowsCompared: 40, rowsDiffering: 1 });
  expect(comparison?.firstDifference).toEqual({
    key: wrong.id,
    kind: 'changed',
    field: 'events',
  });
  expect(await live.rebuild.switch()).toBe('done');
  await untilStatus(service, ({ state }) => state === 'switched');
  expect(await live.rebuild.rollback()).toBe('done');
  expect(await live.rebuild.switch()).toBe('done');
  expect(await live.rebuild.drop()).toBe('done');
  enough.abort();
  const met = await calling;
  expect(met.get('building')).toBeGreaterThan(0);
  await live.reached(await service.engine.head(), stop.signal);
  expect(await rowsOf(service)).toEqual(await expectedCounts(service));
  stop.abort();
  await running;
  await service.close();
});

test('a process that asks and one that works rebuild together, over one file', async () => {
  const service = await openService(folder);
  const { live } = service;
  await fill(service, EVENTS);
  const child = await startChild();
  await live.reached(BigInt(EVENTS), AbortSignal.timeout(LIMIT_MS));
  expect(await live.rebuild.start()).toBe('done');
  const { comparison } = await untilStatus(service, ({ state }) => state === 'ready');
  expect(comparison).toEqual({ isDone: true, rowsCompared: 40, rowsDiffering: 0 });
  expect(await live.rebuild.switch()).toBe('done');
  expect(await live.rebuild.drop()).toBe('done');
  const position = await count(service, 5);
  expect(await live.reached(position, AbortSignal.timeout(LIMIT_MS))).toBe(true);
  expect(await rowsOf(service)).toEqual(await expectedCounts(service));
  expect(await end(child, 'SIGTERM')).toEqual([0, null]);
  await service.close();
});

test('a process killed in the middle of a rebuild leaves the rows in force alone, and the next one goes on', async () => {
  const service = await openService(folder);
  const { live } = service;
  await fill(service, EVENTS);
  const first = await startChild('4000');
  await live.reached(BigInt(EVENTS), AbortSignal.timeout(LIMIT_MS));
  await live.rebuild.start();
  const isUnderWay = (done: bigint) => done > 2_000n && done < BigInt(EVENTS);
  await untilStatus(service, ({ progress }) => isUnderWay(progress?.eventsDone ?? 0n));
  expect((await end(first, 'SIGKILL'))[1]).toBe('SIGKILL');
  const left = await live.rebuild.status();
  expect(left.state).toBe('building');
  expect(left.builds).toMatchObject([{ isInForce: true }, { isInForce: false }]);
  expect(await rowsOf(service)).toEqual(await expectedCounts(service));

  const second = await startChild();
  const ready = await untilStatus(service, ({ state }) => state === 'ready');
  expect(ready.comparison).toMatchObject({ rowsCompared: 40, rowsDiffering: 0 });
  expect(await live.rebuild.switch()).toBe('done');
  expect(await rowsOf(service)).toEqual(await expectedCounts(service));
  expect(await end(second, 'SIGTERM')).toEqual([0, null]);
  await service.close();
});
