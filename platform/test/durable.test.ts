import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createApi } from './api.ts';
import { startChild, temporaryDataDir } from './child-platform.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;
const isRequired = (process.env.TIDEMARK_REQUIRE ?? '').includes('strace');

/** `kill -9` keeps the page cache, so only the system calls show that an answer waited for the disk. */
test.skipIf(!hasStrace && !isRequired)(
  'every acknowledged command waited for an fdatasync of the log (needs strace: make deps)',
  async () => {
    const data = await temporaryDataDir();
    const trace = join(data.path, '..', 'trace');
    const wrap = ['strace', '-f', '-y', '-qq', '-e', 'trace=fdatasync,fsync', '-o', trace];
    const platform = await startChild(data.path, { wrap });
    const api = createApi(platform.url);
    const syncs = async () => {
      const lines = (await readFile(trace, 'utf8')).split('\n');
      return lines.filter((line) => line.includes('flights.db-wal')).length;
    };
    for (let command = 0; command < 20; command += 1) {
      const before = await syncs();
      await api.newFlight();
      expect(await syncs(), `command ${command}`).toBeGreaterThan(before);
    }
    await platform.stop();
    await data.remove();
  },
);
