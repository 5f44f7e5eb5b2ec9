import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer, Ask, Task } from './contestant.ts';
import type { Figure } from './figures.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PREPARE_WITHIN_MS = 900_000;
const CLOSE_WITHIN_MS = 20_000;
/** A round that takes longer is no measurement any more. */
const ROUND_MARGIN_MS = 60_000;
const SAID_KEPT = 4_000;

/** One side of a row, in a process of its own, so that none disturbs or stops another. */
export interface Side {
  readonly round: (forMs: number) => Promise<Figure>;
  readonly close: () => Promise<void>;
}

/** Says that a side gave no answer in time, or died; its process is gone. */
export class SideFailed extends Error {}

/**
 * Starts a side and has it prepare.
 *
 * @param program Path from the root of the repository.
 * @throws SideFailed, also from `round`.
 */
export async function startSide(
  program: string,
  task: Task,
  options: {
    readonly profiled: boolean;
    readonly prepareWithinMs?: number;
    readonly roundWithinMs?: number;
  },
): Promise<Side> {
  const child = fork(program, [], {
    cwd: ROOT,
    // As the platform is started.
    execArgv: ['--max-semi-space-size=32', '--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said = keepWords(child, options.profiled);
  const ask = (what: Ask, withinMs: number) => exchange(child, what, { withinMs, said });
  const prepareWithinMs = options.prepareWithinMs ?? PREPARE_WITHIN_MS;
  await ask({ kind: 'prepare', task, profiled: options.profiled }, prepareWithinMs);
  return {
    round: async (forMs) => {
      const withinMs = options.roundWithinMs ?? forMs * 3 + ROUND_MARGIN_MS;
      const answer = await ask({ kind: 'round', forMs }, withinMs);
      if (answer.kind !== 'figure') throw new SideFailed(`answered ${answer.kind}`);
      return answer.figure;
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      await ask({ kind: 'close' }, CLOSE_WITHIN_MS).catch(() => child.kill('SIGKILL'));
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_WITHIN_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** What it said last, for when it fails. */
function keepWords(child: ChildProcess, shown: boolean): () => string {
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      words = (words + chunk).slice(-SAID_KEPT);
      if (shown) process.stderr.write(chunk);
    });
  }
  return () => words;
}

function exchange(
  child: ChildProcess,
  ask: Ask,
  { withinMs, said }: { readonly withinMs: number; readonly said: () => string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      done();
    };
    const fail = (why: string): void => settle(() => reject(new SideFailed(why)));
    const onMessage = (answer: Answer): void => {
      if (answer.kind === 'failed') {
        child.kill('SIGKILL');
        fail(answer.error);
      } else {
        settle(() => resolve(answer));
      }
    };
    const onExit = (code: number | null): void => fail(`ended with ${code}: ${said()}`);
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`stalled: no answer to ${ask.kind} in ${withinMs} ms`);
    }, withinMs);
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.send(ask, (error) => {
      if (error !== null) fail(error.message);
    });
  });
}
