import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EventEngine, Recorded } from '@tidemark/core';
import { appendOf, newEvent } from '@tidemark/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSqliteEventEngine } from '../src/event-engine.ts';

const SCRIPT = fileURLToPath(new URL('append-child.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-processes-'));
  path = join(folder, 'events.db');
});
afterEach(() => rm(folder, { recursive: true }));

interface Child {
  readonly process: ChildProcess;
  /** Ids acknowledged so far. */
  readonly acknowledged: string[];
  /** Resolves once so many are acknowledged. */
  readonly reached: (count: number) => Promise<void>;
  readonly ended: Promise<unknown[]>;
}

function startChild(name: string, count: number): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, path, name, String(count)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    acknowledged.push(line);
    for (const check of waiting) check();
  });
  const reached = (wanted: number) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (acknowledged.length < wanted) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { process: child, acknowledged, reached, ended: once(child, 'close') };
}

async function readLog(engine: EventEngine): Promise<readonly Recorded[]> {
  const events: Recorded[] = [];
  for (let after = 0n, head = await engine.head(); after < head; ) {
    const page = await engine.readLog({ after, limit: 1_000 });
    events.push(...page.events);
    after = page.scannedTo;
  }
  return events;
}

/** Positions from 1 without gaps, and the same for the revisions of each stream. */
function expectOneOrder(log: readonly Recorded[]): void {
  expect(log.map((event) => event.position)).toEqual(log.map((_, place) => BigInt(place + 1)));
  const next = new Map<string, number>();
  for (const event of log) {
    expect(event.revision).toBe(next.get(event.stream) ?? 0);
    next.set(event.stream, event.revision + 1);
  }
}

test('two processes that append to one file at once give one order without gaps', async () => {
  const children = [startChild('a', 500), startChild('b', 500)];
  const engine = await createSqliteEventEngine(path);
  // This process waits for their news, and writes between them.
  const stop = new AbortController();
  const allEnded = Promise.all(children.map((child) => child.ended)).finally(() => stop.abort());
  for (let n = 0; n < 20; n += 1) {
    await engine.awaitNews(await engine.head(), stop.signal);
    const id = `own-${n}`;
    await engine.commit([appendOf([newEvent('door-own', { id })], [], { commandId: id })]);
  }
  for (const [code] of await allEnded) expect(code).toBe(0);

  const log = await readLog(engine);
  expectOneOrder(log);
  expect(log).toHaveLength(1_020);
  expect(new Set(log.map((event) => event.id)).size).toBe(1_020);
  for (const [place, name] of ['a', 'b'].entries()) {
    expect(log.filter((event) => event.id.startsWith(name)).map((event) => event.id)).toEqual(
      children[place]?.acknowledged,
    );
    const tagged = await engine.readLog({
      after: 0n,
      limit: 1_000,
      query: [{ tags: [`writer:${name}`] }],
    });
    expect(tagged.events).toHaveLength(500);
  }
  const repeated = appendOf([newEvent('door-x')], [], { commandId: 'b-250' });
  expect((await engine.commit([repeated]))[0]?.kind).toBe('duplicate');
  await engine.close();
});

test('a process killed while it appends loses nothing that it acknowledged', async () => {
  const acknowledged: string[] = [];
  for (const round of [0, 1, 2]) {
    const child = startChild(`round${round}`, 1_000_000);
    await child.reached(50 + round * 37);
    child.process.kill('SIGKILL');
    expect((await child.ended)[1]).toBe('SIGKILL');
    acknowledged.push(...child.acknowledged);

    const engine = await createSqliteEventEngine(path);
    const log = await readLog(engine);
    expectOneOrder(log);
    const stored = new Set(log.map((event) => event.id));
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    // At most the one append that was under way is there without having been acknowledged.
    expect(log.length - acknowledged.length).toBeLessThanOrEqual(round + 1);
    for (const id of child.acknowledged.slice(-3)) {
      expect(await engine.findCommand(id)).toMatchObject({ position: expect.any(BigInt) });
    }
    await engine.close();
  }
});
