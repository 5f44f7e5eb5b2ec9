import type { Clock, Logger, Runnable } from '@tidemark/core';
import { describeError } from './describe-error.ts';
import { linkedStop } from './linked-stop.ts';

export interface RunnableHealth {
  readonly name: string;
  readonly state: 'running' | 'restarting' | 'stopped';
  readonly restarts: number;
  readonly lastError?: string;
}

interface Watch {
  readonly clock: Clock;
  readonly log: Logger;
  readonly report: (change: Partial<RunnableHealth>) => void;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;
/** Who ran so long is well; the next death is a new story. */
const HEALTHY_AFTER_MS = 60_000;

/**
 * Runs all until `signal` aborts; what dies is reported, and started again with backoff: 100 ms, doubling
 * to 30 s, from the start after a minute of health. Ending without being told to counts as dying. One
 * that dies does not touch the others. Never rejects; resolves when all have stopped.
 *
 * @example
 * await supervise(service.runnables, { clock, log }, signal);
 */
export async function supervise(
  runnables: readonly Runnable[],
  parts: {
    readonly clock: Clock;
    readonly log: Logger;
    readonly onChange?: (health: readonly RunnableHealth[]) => void;
  },
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, onChange } = parts;
  const health: RunnableHealth[] = runnables.map(({ name }) => ({
    name,
    state: 'running',
    restarts: 0,
  }));
  const tell = (): void => {
    try {
      onChange?.([...health]);
    } catch (error) {
      log.error('nobody was told how runnables are', { error: describeError(error) });
    }
  };
  const watch = (place: number): Watch => ({
    clock,
    log,
    report: (change) => {
      health[place] = { ...(health[place] as RunnableHealth), ...change };
      tell();
    },
  });
  tell();
  const stop = linkedStop(signal);
  await Promise.all(
    runnables.map((runnable, place) => keepRunning(runnable, watch(place), stop.signal)),
  );
  stop.unlink();
}

async function keepRunning(runnable: Runnable, watch: Watch, signal: AbortSignal): Promise<void> {
  const { clock, log, report } = watch;
  const { name } = runnable;
  let waitMs = FIRST_WAIT_MS;
  for (let restarts = 1; !signal.aborted; restarts += 1) {
    const startedAtMs = clock.now();
    const error = await death(runnable, signal);
    if (signal.aborted) {
      if (error !== undefined) log.warn('runnable failed while stopping', { name, error });
      break;
    }
    if (clock.now() - startedAtMs >= HEALTHY_AFTER_MS) waitMs = FIRST_WAIT_MS;
    const lastError = error ?? 'ended without being told to';
    log.error('runnable died', { name, error: lastError, restarts, waitMs });
    report({ state: 'restarting', restarts, lastError });
    await clock.sleep(waitMs, signal);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    if (!signal.aborted) report({ state: 'running' });
  }
  report({ state: 'stopped' });
}

/** Runs it to its end. Answers what it died of, `undefined` when it ended by itself. */
async function death(runnable: Runnable, signal: AbortSignal): Promise<string | undefined> {
  try {
    await runnable.run(signal);
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}
