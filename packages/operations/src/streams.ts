import { categoryOf } from '@tidemark/core';
import type { Answer } from '@tidemark/http';
import { serviceOf } from './answers.ts';
import type { OperationsParts } from './parts.ts';

/** What one request looks at, so that its time does not grow with the log. */
const MOST_EVENTS = 10_000;
const EVENTS_PER_PAGE = 1_000;

/**
 * Streams in the order in which they began: each begins with exactly one event of revision 0, so the log is
 * its own list of them. A page looks at 10,000 events at most, and may then be short.
 */
export async function listStreams(
  parts: OperationsParts,
  at: { readonly service: string },
  asked: {
    readonly category?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<Answer> {
  const { store } = serviceOf(parts, at.service);
  const query = asked.category === undefined ? {} : { query: [{ categories: [asked.category] }] };
  const head = await store.head();
  const items: object[] = [];
  let after = BigInt(asked.after ?? 0);
  for (let looked = 0; after < head && looked < MOST_EVENTS; looked += EVENTS_PER_PAGE) {
    const page = await store.readLog({ after, limit: EVENTS_PER_PAGE, ...query });
    if (page.scannedTo === after) break;
    for (const { revision, stream, position, type, recordedAt } of page.events) {
      if (revision !== 0) continue;
      const place = { position: String(position), firstType: type, startedAt: recordedAt };
      items.push({ stream, category: categoryOf(stream), ...place });
      if (items.length === asked.limit) {
        return { status: 200, body: { items, next: String(position) } };
      }
    }
    after = page.scannedTo;
  }
  return { status: 200, body: { items, ...(after < head ? { next: String(after) } : {}) } };
}
