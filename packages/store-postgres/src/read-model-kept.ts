import { Fault, isFault } from '@tidemark/core';
import type { RunRead } from './run-read.ts';

const UNDEFINED_TABLE = '42P01';

/** Statements on the table of a build that another process may drop at any time. @throws READ_MODEL_DROPPED then */
export function whileKept(run: RunRead): RunRead {
  return async (sql, values) => {
    try {
      return await run(sql, values);
    } catch (error) {
      throw asDropped(error);
    }
  };
}

/** What a statement threw because the table it names is gone. */
export function asDropped(error: unknown): unknown {
  const isGone = isFault(error) && error.facts.sqlState === UNDEFINED_TABLE;
  return isGone ? droppedFault() : error;
}

export function droppedFault(): Fault {
  return new Fault('READ_MODEL_DROPPED', 'this build of the read model was dropped');
}
