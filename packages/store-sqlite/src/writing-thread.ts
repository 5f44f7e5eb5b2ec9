import { Worker } from 'node:worker_threads';
import { Fault } from '@tidemark/core';
import type { Guard, Write } from './file-change.ts';
import { CONNECTION_SETTINGS, driverModule } from './open-sqlite.ts';
import { WRITING_THREAD_PROGRAM } from './writing-thread-program.ts';

/** Writes of a change, more of which follow; or the change that does not go on. */
type Remark =
  | { readonly part: readonly Write[]; readonly id: number }
  | { readonly forget: number };

type Question =
  /** The last writes of a change, which is then carried out on that connection. */
  | {
      readonly change: readonly Write[];
      readonly id: number;
      readonly guards: readonly Guard[];
      readonly file: number;
      readonly path: string;
    }
  /** A connection to close. */
  | { readonly close: number; readonly id: number };

export interface Answer {
  readonly id: number;
  /** What a guard said. */
  readonly refused?: string;
  /** What SQLite threw. */
  readonly failed?: { readonly message: string; readonly code?: string; readonly errcode?: number };
  /** Whether the commit threw it. */
  readonly isUnknown?: boolean;
}

/** A thread on which files are written. */
export interface WritingThread {
  /** @throws OUTCOME_UNKNOWN when the thread ends first. */
  readonly ask: (question: Question) => Promise<Answer>;
  readonly tell: (remark: Remark) => void;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (fault: Fault) => void;
}

/** For what can be built again: no commit waits for the disk, and the file stays consistent. */
const SETTINGS = [...CONNECTION_SETTINGS, 'synchronous = NORMAL'];
/** What a message holds is soon garbage there; without a bound the young generation grows with it. */
const LIMITS = { maxYoungGenerationSizeMb: 16 };

let running: WritingThread | undefined;

/**
 * The thread of this process: started when it is wanted first, and anew when it has ended. It stands by until the process
 * ends, which waits for it only while an answer is due.
 */
export function useWritingThread(): WritingThread {
  running ??= startThread(WRITING_THREAD_PROGRAM, () => {
    running = undefined;
  });
  return running;
}

export function startThread(program: string, onEnd: () => void): WritingThread {
  const waiting = new Map<number, Waiting>();
  const workerData = { driver: driverModule(), settings: SETTINGS };
  const worker = new Worker(program, { eval: true, workerData, resourceLimits: LIMITS });
  let cause: unknown;
  let ended: Fault | undefined;
  worker.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
    if (waiting.size === 0) worker.unref();
  });
  worker.on('error', (error) => {
    cause = error;
  });
  worker.on('exit', () => {
    onEnd();
    ended = new Fault('OUTCOME_UNKNOWN', 'the thread that writes files ended', { cause });
    for (const { reject } of waiting.values()) reject(ended);
  });
  worker.unref();
  return {
    ask: async (question) => {
      if (ended !== undefined) throw ended;
      worker.postMessage(question);
      worker.ref();
      return new Promise((resolve, reject) => {
        waiting.set(question.id, { resolve, reject });
      });
    },
    tell: (remark) => worker.postMessage(remark),
  };
}
