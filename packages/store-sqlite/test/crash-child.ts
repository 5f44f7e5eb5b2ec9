// A fixed workload in a process of its own: `crash-child.ts PATH`. Prints a line for each append once it has its answer,
// `stored ID` or `fault CODE ID`; a fault that opening the file ends with is `fault CODE open`.
import { writeSync } from 'node:fs';
import { type AppendRequest, isFault } from '@tidemark/core';
import { createEventStore } from '@tidemark/runtime';
import { createSqliteEventEngine } from '../src/event-engine.ts';
import { crashRequests } from './crash-requests.ts';

const [path = ''] = process.argv.slice(2);
const opened = await createSqliteEventEngine(path).catch((error: unknown) => {
  tell(error, 'open');
  process.exit(0);
});
const store = createEventStore(opened);
// One after the other, then several that share a commit.
for (const request of crashRequests.slice(0, -3)) await append(request);
await Promise.all(crashRequests.slice(-3).map(append));
await opened.close();

async function append(request: AppendRequest): Promise<void> {
  try {
    const { kind } = await store.append(request);
    say(`${kind === 'appended' ? 'stored' : kind} ${request.commandId}`);
  } catch (error) {
    tell(error, request.commandId ?? '');
  }
}

function tell(error: unknown, what: string): void {
  say(`fault ${isFault(error) ? error.code : error} ${what}`);
}

/** Not through a stream: what was said must be out before the next system call may end the process. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
