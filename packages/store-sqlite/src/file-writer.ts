import { Fault } from '@tidemark/core';
import type { FileChange, Write } from './file-change.ts';
import { commitFaultOf, faultOf } from './sqlite-faults.ts';
import { type Answer, useWritingThread, type WritingThread } from './writing-thread.ts';

/** Changes one file, on a connection and a thread that do nothing else. */
export interface FileWriter {
  /**
   * Answers `undefined` when all is written, else what a guard said, and then nothing is.
   * @throws STORE_UNAVAILABLE, also when closed; STORE_FULL, LOG_CORRUPT; OUTCOME_UNKNOWN when the commit itself failed or the thread ended.
   */
  readonly write: (change: FileChange) => Promise<string | undefined>;
  /** Resolves when what was begun has ended. */
  readonly close: () => Promise<void>;
}

/** Connections and changes of all writers have numbers of their own. */
let lastNumber = 0;

/*
 * Decision: what can be rebuilt is written by a thread of its own, one for all files of this process (ADR 0013).
 *
 * Why: the log is written by the thread that also answers requests, which is fastest for it. If that thread wrote the
 * read models too, they would hold up both, or have to take steps so small that a row which changes often is
 * written again and again.
 */

/** Opens the file with the first change. */
export function createFileWriter(
  path: string,
  thread: () => WritingThread = useWritingThread,
): FileWriter {
  const file = nextNumber();
  const begun = new Set<Promise<unknown>>();
  let isOpen = false;
  let closed = false;
  return {
    write: async ({ guards, parts }) => {
      if (closed) throw new Fault('STORE_UNAVAILABLE', 'the file is closed');
      isOpen = true;
      const id = nextNumber();
      const writing = thread();
      const answered = sendParts(writing, { id, parts }).then((change) =>
        writing.ask({ change, id, guards, file, path }),
      );
      begun.add(answered);
      try {
        return refusalOf(await answered);
      } finally {
        begun.delete(answered);
      }
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await Promise.allSettled(begun);
      if (!isOpen) return;
      // A thread that ends has closed its files.
      await Promise.allSettled([thread().ask({ close: file, id: nextNumber() })]);
    },
  };
}

/** Sends all but the last part, which it answers. */
async function sendParts(
  thread: WritingThread,
  { id, parts }: { readonly id: number; readonly parts: FileChange['parts'] },
): Promise<readonly Write[]> {
  let last: readonly Write[] | undefined;
  try {
    for (const part of parts) {
      if (last !== undefined) {
        thread.tell({ part: last, id });
        await new Promise((resolve) => setImmediate(resolve));
      }
      last = part;
    }
    return last ?? [];
  } catch (error) {
    thread.tell({ forget: id });
    throw error;
  }
}

function nextNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

function refusalOf({ refused, failed, isUnknown }: Answer): string | undefined {
  if (failed === undefined) return refused;
  const { message, ...codes } = failed;
  const error = Object.assign(new Error(message), codes);
  throw isUnknown ? commitFaultOf(error) : faultOf(error);
}
