import { type EventReader, isKeepable } from '@tidemark/core';
import { type ReceiptJson, toReceipt } from './batch-answers.ts';
import { createReadLog } from './read-log.ts';
import { readStream } from './read-stream.ts';
import type { RunRead } from './run-read.ts';

const READ_HEAD = 'select position from {schema}.log_head';
const FIND_COMMAND =
  'select command_id, position, fingerprint, revisions from {schema}.receipts(array[$1])';

/** The reads of the port. */
export function createReads(run: RunRead): Omit<EventReader, 'awaitNews'> {
  return {
    readStream: (stream, range = {}) => readStream(run, stream, range),
    readLog: createReadLog(run),
    head: () => readHead(run),
    findCommand: async (commandId) => {
      if (!isKeepable(commandId)) return undefined;
      const [row] = await run<readonly [string, string, string | null, string]>(FIND_COMMAND, [
        commandId,
      ]);
      if (row === undefined) return undefined;
      const [command_id, position, fingerprint, revisions] = row;
      return toReceipt({
        command_id,
        position,
        fingerprint,
        revisions: JSON.parse(revisions) as ReceiptJson['revisions'],
      });
    },
  };
}

/** Position of the last event. */
export async function readHead(run: RunRead): Promise<bigint> {
  const [row] = await run<readonly [string]>(READ_HEAD, []);
  return BigInt(row?.[0] ?? 0);
}
