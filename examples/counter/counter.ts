import { createCodec, type Decision, type MessagesOf, reject, storedAs } from '@tidemark/core';
import { createCommandHandler, createEventStore, createMemoryKeys, newId } from '@tidemark/runtime';
import { createSqliteEventEngine } from '@tidemark/store-sqlite';

type CounterCommand = MessagesOf<{ Add: { by: number } }>;
type CounterEvent = MessagesOf<{ Added: { by: number } }>;

function decide(command: CounterCommand, total: number): Decision<CounterEvent, 'below-zero'> {
  const { by } = command.data;
  return total + by < 0 ? reject('below-zero', { total }) : [{ type: 'Added', data: { by } }];
}

function evolve(total: number, event: CounterEvent): number {
  return total + event.data.by;
}

function parse({ by }: { readonly by?: unknown }): { by: number } {
  if (typeof by === 'number') return { by };
  throw new TypeError('"by" is a number');
}

const codec = createCodec<CounterEvent>({ Added: storedAs({ parse }) });
const decider = { initialState: 0, decide, evolve };
const engine = await createSqliteEventEngine(process.argv[2] ?? 'counter.db');
const store = createEventStore(engine);
const aggregate = { category: 'counter', codec, decider };
const counter = createCommandHandler({ store, keys: createMemoryKeys(), aggregate });

for (const by of [2, 3, -100]) {
  const commandId = newId();
  const cause = { correlationId: commandId, causationId: commandId, actor: 'readme' };
  const command = { type: 'Add', data: { by } } as const;
  const outcome = await counter.handle('visits', command, { commandId, cause });
  console.log(`add ${by}: ${outcome.status === 'rejected' ? outcome.reason : outcome.status}`);
}
for await (const events of store.readStream('counter-visits'))
  for (const { revision, type, data } of events) console.log(`#${revision} ${type}`, data);
console.log('total', (await counter.load('visits')).state);
await engine.close();
