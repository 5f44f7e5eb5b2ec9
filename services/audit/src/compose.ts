import { auditRoutes } from '@tidemark/contracts/audit';
import { createHttpService } from '@tidemark/http';
import { type Infrastructure, openReadModel, type Service } from '@tidemark/runtime';
import { auditHandlers } from './adapters/http.ts';
import { createRecorder } from './adapters/messages-in.ts';
import { entries } from './application/entries.ts';
import { hours } from './application/hours.ts';
import { createProgress } from './application/progress.ts';
import type { AuditConfig } from './config.ts';
import { auditCodec } from './stored.ts';

/** The audit log: every event of every service, searchable and live. It enforces no rule, so it has no domain. */
export async function composeAudit(
  config: AuditConfig,
  infrastructure: Infrastructure,
): Promise<Service> {
  const { store, readModels, timers, parking, bus, clock, log } = infrastructure;
  // One stream of one service that cannot be recorded, or an entry that cannot be listed, must not hide all others.
  const onFailure = { retries: 5, backoffMs: 100, giveUp: 'park' } as const;
  const source = { store, readModels, codec: auditCodec, onFailure, clock, log };
  const entryList = await openReadModel({ ...source, readModel: entries });
  const hourList = await openReadModel({ ...source, readModel: hours });
  const progress = createProgress(entryList, config.services);
  const recorder = createRecorder({
    ...{ store, bus, parking, onFailure, clock, log },
    checkpoints: readModels.checkpoints,
    services: config.services,
    onRecorded: (messages) => {
      for (const { data } of messages)
        progress.note(String(data.service), BigInt(String(data.position)));
    },
  });

  return {
    name: 'audit',
    fetch: createHttpService({
      service: 'audit',
      routes: auditRoutes,
      handlers: auditHandlers({ store, entries: entryList, hours: hourList, progress }),
      log,
      clock,
    }),
    runnables: [recorder, entryList.runnable, hourList.runnable],
    operations: {
      ...{ store, timers },
      codecs: [auditCodec],
      readModels: [entryList, hourList],
      consumers: [recorder],
    },
  };
}
