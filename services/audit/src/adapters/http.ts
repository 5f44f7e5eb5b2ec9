import type { auditRoutes } from '@tidemark/contracts/audit';
import { type EventReader, Fault } from '@tidemark/core';
import {
  type Answer,
  awaitConsistency,
  eventStream,
  type Handlers,
  type HttpContext,
  resumeAt,
} from '@tidemark/http';
import type { LiveReadModel } from '@tidemark/runtime';
import type { Entry } from '../application/entries.ts';
import type { Hour } from '../application/hours.ts';
import { watchEntries } from '../application/live.ts';
import type { Progress } from '../application/progress.ts';
import { searchEntries } from '../application/search.ts';
import { auditCodec } from '../stored.ts';

interface Parts {
  readonly store: EventReader;
  readonly entries: LiveReadModel<Entry>;
  readonly hours: LiveReadModel<Hour>;
  readonly progress: Progress;
}

export function auditHandlers(parts: Parts): Handlers<typeof auditRoutes> {
  return {
    listAudit: async ({ query, context }) => {
      const { limit, after, ...filter } = query;
      const behind = await awaitEntries(parts, context);
      if (behind !== undefined) return behind;
      const before = after === undefined ? undefined : BigInt(after);
      const page = await searchEntries(parts, filter, { before, limit });
      return { status: 200, body: { ...page, items: page.items.map(toBody) } };
    },
    watchEvents: async ({ query, context }) => {
      const { after, ...filter } = query;
      const start = resumeAt(context.lastEventId ?? after, await parts.store.head());
      const source = { store: parts.store, codec: auditCodec };
      return eventStream(
        toServerSent(watchEntries(source, filter, { after: start, signal: context.signal })),
      );
    },
  };
}

/** Waits for what the client has seen elsewhere to be recorded here, and for the lists to hold it. */
async function awaitEntries(parts: Parts, context: HttpContext): Promise<Answer | undefined> {
  const missing = await parts.progress.recorded(context.consistency, context.signal);
  if (missing !== undefined) {
    const checkpoint = String(missing.position);
    const facts = { service: missing.service, checkpoint };
    throw new Fault('READ_MODEL_BEHIND', 'audit has not recorded as much as the query asks', {
      facts,
    });
  }
  const wait = { service: 'audit', context, head: parts.store.head };
  return (
    (await awaitConsistency({ ...wait, readModel: parts.hours })) ??
    (await awaitConsistency({ ...wait, readModel: parts.entries }))
  );
}

function toBody(entry: Entry): object {
  return { ...entry, position: String(entry.position) };
}

async function* toServerSent(entries: AsyncIterable<Entry>) {
  for await (const entry of entries) yield { id: String(entry.position), data: toBody(entry) };
}
