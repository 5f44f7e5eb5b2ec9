import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationAnswer, OperationsClient, OperationsRoutes } from '@tidemark/operations';
import { ExitError } from './exit-codes.ts';
import { createProgressBar } from './progress.ts';
import type { Terminal } from './terminal.ts';

export type Task = OperationAnswer<OperationsRoutes['getTask']>;

const LOOK_AGAIN_MS = 250;

/** Looks at a task until it has ended, and shows how far it is. @throws ExitError unless it is done. */
export async function awaitTask(
  client: OperationsClient,
  begun: Task,
  { terminal, title }: { readonly terminal: Terminal; readonly title: string },
): Promise<NonNullable<Task['result']>> {
  const { signal } = terminal;
  const bar = createProgressBar(terminal, title);
  const params = { id: begun.id };
  try {
    let task = begun;
    while (task.state === 'running') {
      bar.show(task.progress ?? { step: 'begins', done: 0 });
      await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) {
        throw new ExitError('failed', `It goes on without you: tidemark tasks shows ${begun.id}.`);
      }
      task = await client.call('getTask', { params });
    }
    if (task.state === 'done') return task.result ?? {};
    const why =
      task.fault === undefined ? task.state : `${task.fault.message} (${task.fault.code})`;
    throw new ExitError('failed', `${title}: ${why}`);
  } finally {
    bar.end();
  }
}

/** The answer to what was mostly done at once, and is a task otherwise. */
export async function settled<Result extends object>(
  client: OperationsClient,
  answer: Result | Task,
  shown: { readonly terminal: Terminal; readonly title: string },
): Promise<Result> {
  if (!('state' in answer && 'kind' in answer)) return answer;
  return (await awaitTask(client, answer as Task, shown)) as Result;
}
