import { type Clock, isFault, type Logger } from '@tidemark/core';
import { newId } from '@tidemark/runtime';

/** What an operator has set going and looks at again later. */
export interface Task {
  readonly id: string;
  /** What is done, for example `verify`. */
  readonly kind: string;
  /** To what, for example the name of a service. */
  readonly subject: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly progress?: TaskProgress;
  /** Once it is done, as JSON. */
  readonly result?: object;
  /** Once it has failed. */
  readonly fault?: { readonly code: string; readonly message: string };
}

export interface TaskProgress {
  /** What is being done just now. */
  readonly step: string;
  readonly done: number;
  /** Absent when nobody knows. */
  readonly total?: number;
}

/** What a task is told, and tells. */
export interface TaskContext {
  /** Aborts when the task is cancelled, or the platform stops. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TaskProgress) => void;
}

/** A task that has begun. */
export interface StartedTask {
  readonly id: string;
  /** Its result; rejects as the work did. Need not be waited for. */
  readonly result: Promise<object>;
}

/** Work that outlasts a request. It lives in this process and ends with it; whoever asked asks again. */
export interface Tasks {
  /** Begins at once. */
  readonly start: (
    what: Pick<Task, 'kind' | 'subject'>,
    work: (context: TaskContext) => Promise<object>,
  ) => StartedTask;
  readonly get: (id: string) => Task | undefined;
  /** Those that run and the last that ended, newest first. */
  readonly list: () => readonly Task[];
  /** Tells it to stop; `undefined` when there is no such task. It may have ended meanwhile. */
  readonly cancel: (id: string) => Task | undefined;
  /** Tells all to stop; resolves when they have. */
  readonly stop: () => Promise<void>;
}

/** How many that have ended are remembered. */
const KEPT = 100;

interface Running {
  task: Task;
  readonly cancel: AbortController;
  ended: Promise<unknown>;
}

/** @example const tasks = createTasks({ clock, log }); */
export function createTasks(parts: {
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}): Tasks {
  const { log } = parts;
  const known = new Map<string, Running>();
  const now = (): string => new Date(parts.clock.now()).toISOString();
  const end = (running: Running, how: Partial<Task>): void => {
    running.task = { ...running.task, ...how, endedAt: now() };
    const { id, kind, subject, state } = running.task;
    log.info('a task of an operator ended', { id, kind, subject, state });
    forgetOldest(known);
  };
  const run = async (running: Running, work: (context: TaskContext) => Promise<object>) => {
    const { signal } = running.cancel;
    const onProgress = (progress: TaskProgress): void => {
      running.task = { ...running.task, progress };
    };
    try {
      const result = await work({ signal, onProgress });
      end(running, { state: 'done', result });
      return result;
    } catch (error) {
      if (signal.aborted) end(running, { state: 'cancelled' });
      else end(running, { state: 'failed', fault: toldOf(error) });
      if (!signal.aborted && !isFault(error)) {
        log.error('a task failed', { id: running.task.id, error });
      }
      throw error;
    }
  };

  return {
    start: (what, work) => {
      const task: Task = { id: newId(), ...what, state: 'running', startedAt: now() };
      const running = {
        task,
        cancel: new AbortController(),
        ended: Promise.resolve() as Promise<unknown>,
      };
      known.set(task.id, running);
      log.info('a task of an operator began', { id: task.id, ...what });
      const result = run(running, work);
      running.ended = result.catch(() => undefined);
      return { id: task.id, result };
    },
    get: (id) => known.get(id)?.task,
    list: () => [...known.values()].map(({ task }) => task).reverse(),
    cancel: (id) => {
      const running = known.get(id);
      running?.cancel.abort(new Error('cancelled by an operator'));
      return running?.task;
    },
    stop: async () => {
      for (const { cancel } of known.values()) cancel.abort(new Error('the platform stops'));
      await Promise.all([...known.values()].map(({ ended }) => ended));
    },
  };
}

function forgetOldest(known: Map<string, Running>): void {
  const ended = [...known.values()].filter(({ task }) => task.state !== 'running');
  for (const { task } of ended.slice(0, Math.max(0, ended.length - KEPT))) known.delete(task.id);
}

function toldOf(error: unknown): NonNullable<Task['fault']> {
  return isFault(error)
    ? { code: error.code, message: error.message }
    : { code: 'INTERNAL', message: 'a defect of ours; the log has the rest' };
}
