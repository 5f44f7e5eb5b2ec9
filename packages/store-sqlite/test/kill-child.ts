// Callers in a process of its own that is to be killed: `kill-child.ts PATH ROUND UNSETTLED`. First sends again what was
// on its way when the process before was killed (a comma list), then new commands without end. Each writes two streams,
// one of which others write too. Prints `sent ID` before and `kept ID POSITION` after, past any buffer.
import { writeSync } from 'node:fs';
import type { NewEvent } from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import { createSqliteEventEngine } from '../src/event-engine.ts';

const CALLERS = 16;
const SHARED = 5;
const [path = '', round = '', unsettled = ''] = process.argv.slice(2);
const store = createEventStore(await createSqliteEventEngine(path));
await Promise.all(unsettled.split(',').filter(Boolean).map(send));
await Promise.all(Array.from({ length: CALLERS }, (_, caller) => sendForEver(caller)));

async function sendForEver(caller: number): Promise<void> {
  for (let n = 0; ; n += 1) {
    const id = `${round}.${caller}.${n}`;
    say(`sent ${id}`);
    await send(id);
  }
}

async function send(id: string): Promise<void> {
  const number = Number(id.split('.')[1]) % SHARED;
  const own = { ...event(`door-${id}`, `${id}/own`), tags: [`command:${id}`] };
  const shared = event(`gate-${number}`, `${id}/shared`);
  const conditions = [{ stream: own.stream, revision: 'none' } as const];
  const result = await store.append({ commandId: id, events: [own, shared], conditions });
  if (result.kind === 'conflict') throw new Error(`${id}: conflict`);
  const { position } = result.kind === 'duplicate' ? result.first : result;
  say(`kept ${id} ${position}`);
}

function event(stream: `${string}-${string}`, id: string): NewEvent {
  const cause = { correlationId: id, causationId: id, actor: 'tester' };
  return { id, stream, type: 'Passed', schema: 1, data: { id }, cause };
}

function say(line: string): void {
  let left = Buffer.from(`${line}\n`);
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      // The pipe is full while the reader is slow.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
