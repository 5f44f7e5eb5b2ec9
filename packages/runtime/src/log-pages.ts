import type { EventReader, LogPage, Query } from '@tidemark/core';

/** Pages of the log, one after the other. */
export interface LogPages {
  /** The page behind a position. */
  readonly read: (after: bigint) => Promise<LogPage>;
  /**
   * Begins to read what follows the page that was read last, unless it was the end of the log; `read` then finds it
   * ready. Answers whether it did.
   */
  readonly readAhead: (page: LogPage) => boolean;
  /** Whether what follows `after` is being read ahead, or was. */
  readonly isReadAhead: (after: bigint) => boolean;
}

/** Reads at most `limit` events at a time. At most one page is read ahead. */
export function createLogPages(
  store: Pick<EventReader, 'readLog'>,
  { query, limit }: { readonly query: Query; readonly limit: number },
): LogPages {
  let ahead: { readonly after: bigint; readonly page: Promise<LogPage | undefined> } | undefined;
  let from = 0n;
  const readLog = (after: bigint) => store.readLog({ after, limit, query, mayShare: true });
  return {
    read: async (after) => {
      const ready = ahead?.after === after ? await ahead.page : undefined;
      ahead = undefined;
      from = after;
      return ready ?? readLog(after);
    },
    readAhead: ({ events, scannedTo: after }) => {
      // A page may hold few events because few match, not because the log ends.
      if (events.length < limit && after - from < limit) return false;
      // A failure is met again, and handled, when the page is wanted.
      ahead = { after, page: readLog(after).catch(() => undefined) };
      return true;
    },
    isReadAhead: (after) => ahead?.after === after,
  };
}
