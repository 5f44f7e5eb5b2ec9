import type { Receipt, StreamName } from '@tidemark/core';
import type { EventMeta } from './event-rows.ts';
import type { EventRowsReader } from './event-rows-reader.ts';
import { keyOfCommand } from './posting-tail.ts';
import type { Postings } from './postings.ts';

/**
 * The receipt of an accepted command. It is not stored apart: its first event carries its id, and the receipt
 * is read from its events, so their checksums guard it too. @throws LOG_CORRUPT.
 */
export function findReceipt(
  { rows, postings }: { readonly rows: EventRowsReader; readonly postings: Postings },
  commandId: string,
): Receipt | undefined {
  for (const pos of postings.positions([keyOfCommand(commandId)], 0)) {
    const { command } = JSON.parse(rows.at(pos)[8]) as EventMeta;
    if (command?.id !== commandId) continue;
    const revisions: Record<StreamName, number> = {};
    for (const [, stream, revision] of rows.behind(pos - 1, command.events)) {
      revisions[stream as StreamName] = revision;
    }
    const receipt = { position: BigInt(pos + command.events - 1), revisions };
    const { fingerprint } = command;
    return fingerprint === undefined ? receipt : { fingerprint, ...receipt };
  }
  return undefined;
}
