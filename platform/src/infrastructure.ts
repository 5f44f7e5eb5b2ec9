import { createEventStore, type Infrastructure } from '@tidemark/runtime';
import type { PlatformConfig } from './config.ts';
import { openEventEngine, openLeases, openParking, openReadModels, openTimers } from './engines.ts';

export interface OpenedInfrastructure {
  readonly infrastructure: Infrastructure;
  readonly close: () => Promise<void>;
}

/** Opens what one service owns alone: its log with timers and parked messages, its read models with leases. */
export async function openInfrastructure(
  service: string,
  config: PlatformConfig,
  shared: Omit<Infrastructure, 'store' | 'timers' | 'parking' | 'readModels' | 'leases'>,
): Promise<OpenedInfrastructure> {
  const engine = await openEventEngine(config.storeUrl(service), config.postgresListenUrl);
  const timers = await openTimers(config.storeUrl(service));
  const parking = await openParking(config.storeUrl(service));
  const readModels = await openReadModels(config.readUrl(service));
  const leases = await openLeases(config.readUrl(service), shared.clock);
  return {
    infrastructure: {
      ...{ ...shared, timers, parking, readModels, leases },
      store: createEventStore(engine),
    },
    close: async () => {
      await leases.close();
      await readModels.close();
      await parking.close();
      await timers.close();
      await engine.close();
    },
  };
}
