import { createEventStore, type Infrastructure } from '@tidemark/runtime';
import type { PlatformConfig } from './config.ts';
import { openEventEngine, openLeases, openReadModels, openTimers } from './engines.ts';

export interface OpenedInfrastructure {
  readonly infrastructure: Infrastructure;
  readonly close: () => Promise<void>;
}

/** Opens what one service owns alone: its log with its timers, its read models with its leases. */
export async function openInfrastructure(
  service: string,
  config: PlatformConfig,
  shared: Omit<Infrastructure, 'store' | 'timers' | 'readModels' | 'leases'>,
): Promise<OpenedInfrastructure> {
  const engine = await openEventEngine(config.storeUrl(service), config.postgresListenUrl);
  const timers = await openTimers(config.storeUrl(service));
  const readModels = await openReadModels(config.readUrl(service));
  const leases = await openLeases(config.readUrl(service), shared.clock);
  return {
    infrastructure: { ...shared, store: createEventStore(engine), timers, readModels, leases },
    close: async () => {
      await leases.close();
      await readModels.close();
      await timers.close();
      await engine.close();
    },
  };
}
