// Steps of a read model in a process of its own: `read-model-crash-child.ts PATH`. Prints a line for each step once it has
// its answer, `stored N` or `fault CODE N`; a fault that opening the file ends with is `fault CODE open`.
import { writeSync } from 'node:fs';
import { isFault, WHOLE } from '@tidemark/core';
import { openSqliteReadModels } from '../src/read-model-engine.ts';

const [path = ''] = process.argv.slice(2);
const LAST = 20n;
/** A fault that lasts ends this after so many tries. */
const TRIES = 8;

try {
  const readModels = await openSqliteReadModels(path);
  const table = await readModels.open<{ n: number }>({ name: 'steps', version: 1, indexes: {} });
  let from = await table.checkpoint(WHOLE);
  for (let tries = 0; from < LAST && tries < TRIES; ) {
    const to = from + 1n;
    const row = { n: Number(to) };
    const rows = new Map([
      ['newest', row],
      [`step-${to}`, row],
    ]);
    try {
      const applied = await table.apply({ slice: WHOLE, from, to, rows });
      writeSync(1, `${applied === 'applied' ? 'stored' : applied} ${to}\n`);
    } catch (error) {
      tries += 1;
      tell(error, String(to));
    }
    from = await table.checkpoint(WHOLE);
  }
  await readModels.close();
} catch (error) {
  tell(error, 'open');
}

function tell(error: unknown, what: string): void {
  writeSync(1, `fault ${isFault(error) ? error.code : error} ${what}\n`);
}
