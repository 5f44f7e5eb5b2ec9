// Clients in a process of their own: `history-child.ts PATH NAME APPENDS SEED`. Prints what each was told, a call a
// line, for the parent to judge.
import { createEventStore } from '@tidemark/runtime';
import {
  actRandomly,
  createRandom,
  type HistoryCall,
  recordCalls,
  writeCall,
} from '@tidemark/testing';
import { createSqliteEventEngine } from '../src/event-engine.ts';

const CLIENTS = 8;
const [path = '', name = '', appends = '0', seed = '0'] = process.argv.slice(2);
const engine = await createSqliteEventEngine(path);
const store = createEventStore(engine);
const calls: HistoryCall[] = [];
await Promise.all(
  Array.from({ length: CLIENTS }, (_, client) =>
    actRandomly({
      name: `${name}.${client}`,
      store: recordCalls(store, calls),
      random: createRandom(Number(seed) + client),
      appends: Number(appends) / CLIENTS,
    }),
  ),
);
await engine.close();
process.stdout.write(calls.map((call) => `${writeCall(call)}\n`).join(''));
