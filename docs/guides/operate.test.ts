// The commands and the code that the guide shows, run against a platform.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCliConfig, run } from '@tidemark/cli';
import { createOperationsClient } from '@tidemark/operations';
import { type Platform, readPlatformConfig, startPlatform } from '@tidemark/platform';
import { createLogger } from '@tidemark/telemetry';
import { afterAll, beforeAll, expect, test } from 'vitest';

const GUIDE = new URL('operate.md', import.meta.url);
let folder = '';
let platform: Platform;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-operate-'));
  const config = readPlatformConfig({ DATA_DIR: join(folder, 'data'), PORT: '0' });
  platform = await startPlatform(config, createLogger({ level: 'silent' }));
  const flight = { flightNumber: 'TM 1', origin: 'Oslo', destination: 'Rome' };
  const headers = { 'content-type': 'application/json' };
  await fetch(`${platform.url}/api/flights`, {
    method: 'POST',
    headers,
    body: JSON.stringify(flight),
  });
});
afterAll(async () => {
  await platform?.stop();
  await rm(folder, { recursive: true, force: true });
});

const blocks = async () =>
  [...(await readFile(GUIDE, 'utf8')).matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(
    ([, code = '']) => code.trim().split('\n'),
  );

test('every command of the guide does what it says, with nothing but the data folder set', async () => {
  const commands = await blocks();
  expect(commands.length).toBeGreaterThan(10);
  for (const command of commands) {
    const [program, name, ...args] = command.split(' ');
    expect([program, name]).toEqual(['npx', 'tidemark']);
    const printed: string[] = [];
    const code = await run(args, {
      config: readCliConfig({ TIDEMARK_URL: platform.url, DATA_DIR: join(folder, 'data') }),
      terminal: {
        out: (text) => void printed.push(text),
        err: (text) => void printed.push(text),
        hasScreen: false,
        hasErrScreen: false,
        ask: async () => undefined,
        signal: new AbortController().signal,
      },
      root: folder,
    });
    expect([command, code, printed.join('')]).toEqual([command, 0, printed.join('')]);
    expect(printed.length).toBeGreaterThan(0);
  }
});

test('the routes answer a program as the guide shows', async () => {
  const { url } = platform;
  const token = (await readFile(join(folder, 'data.operator'), 'utf8')).trim();
  const client = createOperationsClient({ url, token });
  const { items } = await client.call('listReadModels', { params: { service: 'flights' } });
  const behind = items.filter(({ lag }) => lag > 1_000);
  expect(items.map(({ name }) => name)).toContain('flights');
  expect(behind).toEqual([]);
});
