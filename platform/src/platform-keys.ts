import type { Keys } from '@tidemark/core';
import { loadOrCreateSecret } from '@tidemark/runtime';
import type { PlatformConfig } from './config.ts';
import { openKeys } from './engines.ts';

/**
 * Opens the keys of personal data. The master key is `KEYS_SECRET`, or a file of mode 0600 beside the data
 * (`./data.key`), never in it: a copy of the data folder alone opens nothing. The list of erased subjects stands
 * beside the data, too (`./data.erased.db`): putting an old copy of the folder back does not put it back.
 */
export function openPlatformKeys(config: PlatformConfig): Promise<Keys> {
  return openKeys(config.keysUrl, {
    secret: async () => config.keysSecret ?? loadOrCreateSecret(`${config.dataDir}.key`),
    erasedUrl: config.erasedUrl,
  });
}
