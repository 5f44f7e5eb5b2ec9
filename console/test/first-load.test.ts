import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { builtConsole } from './built-console.ts';

const MAX_BYTES = 110_000;

describe('the first load of the console', () => {
  test('brings less than 110 kB of compressed script', async () => {
    const folder = await builtConsole();
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const scripts = [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map((match) => match[1]);
    expect(scripts.length).toBeGreaterThan(0);
    const sizes = scripts.map(async (path) => {
      return gzipSync(await readFile(join(folder, path as string))).byteLength;
    });
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeLessThan(MAX_BYTES);
  });

  test('has nothing inline, so that the policy of the gateway lets all of it run', async () => {
    const html = await readFile(join(await builtConsole(), 'index.html'), 'utf8');
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  });
});
