// A process of its own that appends to a file: `append-child.ts PATH NAME COUNT`. Prints a line for each
// event once it is acknowledged, so that a parent can kill it at any moment and know what must be there.
import { appendOf, newEvent } from '@tidemark/testing';
import { createSqliteEventEngine } from '../src/event-engine.ts';

const [path = '', name = '', count = '0'] = process.argv.slice(2);
const engine = await createSqliteEventEngine(path);
for (let n = 0; n < Number(count); n += 1) {
  const id = `${name}-${n}`;
  const event = newEvent(`door-${n % 7}`, { id, tags: [`writer:${name}`], data: { n } });
  const [result] = await engine.commit([appendOf([event], [], { commandId: id })]);
  if (result?.kind !== 'appended') throw new Error(`${id}: ${result?.kind}`);
  await new Promise((resolve) => process.stdout.write(`${id}\n`, resolve));
}
await engine.close();
