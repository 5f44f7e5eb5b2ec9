import { createEventStore, type Infrastructure } from '@tidemark/runtime';
import type { PlatformConfig } from './config.ts';
import { openEventEngine, openReadModels } from './engines.ts';

export interface OpenedInfrastructure {
  readonly infrastructure: Infrastructure;
  readonly close: () => Promise<void>;
}

/** Opens what one service owns alone, its log and its read models, beside what all share. */
export async function openInfrastructure(
  service: string,
  config: PlatformConfig,
  shared: Omit<Infrastructure, 'store' | 'readModels'>,
): Promise<OpenedInfrastructure> {
  const engine = await openEventEngine(config.storeUrl(service), config.postgresListenUrl);
  const readModels = await openReadModels(config.readUrl(service));
  return {
    infrastructure: { ...shared, store: createEventStore(engine), readModels },
    close: async () => {
      await readModels.close();
      await engine.close();
    },
  };
}
