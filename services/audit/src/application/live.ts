import type { Codec, EventReader, Placed } from '@tidemark/core';
import type { AuditEvent } from '../stored.ts';
import { type Entry, toEntry } from './entries.ts';
import { type Filter, wants } from './search.ts';

/** Entries as they come, from behind a position, without a gap; ends when `signal` aborts. */
export async function* watchEntries(
  source: { readonly store: EventReader; readonly codec: Codec<AuditEvent> },
  filter: Filter,
  range: { readonly after: bigint; readonly signal: AbortSignal },
): AsyncGenerator<Entry> {
  let after = range.after;
  while (!range.signal.aborted) {
    const page = await source.store.readLog({ after, limit: 200, mayShare: true });
    for (const recorded of page.events) {
      const placed: Placed<AuditEvent> = {
        event: source.codec.decodeSealed(recorded),
        ...recorded,
      };
      const entry = toEntry(placed);
      if (wants(filter, entry)) yield entry;
    }
    if (page.scannedTo > after) after = page.scannedTo;
    else await source.store.awaitNews(after, range.signal);
  }
}
