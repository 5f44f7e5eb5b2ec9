import type { EventReader, LogPage, Query } from '@tidemark/core';

/** Pages of the log, one after the other. */
export interface LogPages {
  /** The page behind a position. */
  readonly read: (after: bigint) => Promise<LogPage>;
  /** Begins to read what follows a page, unless that was the last; `read` then finds it ready. */
  readonly readAhead: (page: LogPage) => void;
}

/** Reads at most `limit` events at a time. At most one page is read ahead. */
export function createLogPages(
  store: Pick<EventReader, 'readLog'>,
  { query, limit }: { readonly query: Query; readonly limit: number },
): LogPages {
  let ahead: { readonly after: bigint; readonly page: Promise<LogPage | undefined> } | undefined;
  const readLog = (after: bigint) => store.readLog({ after, limit, query });
  return {
    read: async (after) => {
      const ready = ahead?.after === after ? await ahead.page : undefined;
      ahead = undefined;
      return ready ?? readLog(after);
    },
    readAhead: ({ events, scannedTo: after }) => {
      if (events.length < limit) return;
      // A failure is met again, and handled, when the page is wanted.
      ahead = { after, page: readLog(after).catch(() => undefined) };
    },
  };
}
