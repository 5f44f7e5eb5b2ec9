import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Platform, readPlatformConfig, startPlatform } from '@tidemark/platform';
import { createLogger } from '@tidemark/telemetry';
import { builtConsole } from './built-console.ts';

/** A platform that serves the console, with what a client of its API needs. */
export interface ServedPlatform {
  readonly url: string;
  /** Creates something; answers its id. */
  readonly create: (path: '/flights' | '/passengers', body: object) => Promise<string>;
  readonly post: (path: string) => Promise<void>;
  /** The items of a list. */
  readonly list: (path: string) => Promise<readonly Record<string, unknown>[]>;
  /** What the operators' page asks for. */
  readonly operatorToken: string;
  /** What its services stand on, to set up what clients cannot bring about. */
  readonly infrastructure: Platform['infrastructure'];
  readonly stop: () => Promise<void>;
}

const OPERATOR_TOKEN = 'the-token-of-the-operators';

/** Starts the real platform on an empty folder and a free port; `settings` are environment variables. */
export async function servePlatform(
  settings: Readonly<Record<string, string>> = {},
): Promise<ServedPlatform> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-console-'));
  const config = readPlatformConfig({
    DATA_DIR: join(folder, 'data'),
    HOST: '127.0.0.1',
    PORT: '0',
    CONSOLE_DIR: await builtConsole(),
    OPERATOR_TOKEN,
    ...settings,
  });
  const log = createLogger({ level: 'warn', destination: join(folder, 'platform.log') });
  const platform = await startPlatform(config, log);
  const call = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(`${platform.url}/api${path}`, init);
    if (response.ok) return response;
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  };
  return {
    url: platform.url,
    create: async (path, body) => {
      const headers = { 'Content-Type': 'application/json' };
      const response = await call(path, { method: 'POST', headers, body: JSON.stringify(body) });
      return ((await response.json()) as { id: string }).id;
    },
    post: async (path) => {
      await call(path, { method: 'POST' });
    },
    list: async (path) => {
      const page = (await (await call(path)).json()) as { items: Record<string, unknown>[] };
      return page.items;
    },
    operatorToken: OPERATOR_TOKEN,
    infrastructure: platform.infrastructure,
    stop: async () => {
      await platform.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
