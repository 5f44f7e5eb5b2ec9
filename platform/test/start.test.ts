import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPlatformConfig } from '../src/index.ts';
import { startChild, temporaryDataDir } from './child-platform.ts';

describe('a start with a setting that cannot be used ends at once, with one line that names it', () => {
  let dataDir: Awaited<ReturnType<typeof temporaryDataDir>>;
  beforeEach(async () => {
    dataDir = await temporaryDataDir();
  });
  afterEach(() => dataDir.remove());

  test('when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = other.address() as AddressInfo;
      await expect(startChild(dataDir.path, { env: { PORT: String(port) } })).rejects.toThrow(
        new RegExp(`: Cannot start: HOST and PORT: .*EADDRINUSE.*${port}\n$`),
      );
    } finally {
      other.close();
    }
  });

  test('when the folder cannot be made', async () => {
    await mkdir(dirname(dataDir.path), { recursive: true });
    await writeFile(dataDir.path, 'a file');
    const starting = startChild(`${dataDir.path}/data`);
    await expect(starting).rejects.toThrow(/: Cannot start: DATA_DIR: .*\n$/);
  });

  test.each(['HOST', 'DATA_DIR', 'SERVICE_TOKEN'])('when %s is empty', (name) => {
    expect(() => readPlatformConfig({ [name]: '' })).toThrow(`${name} is set, and empty`);
  });
});
