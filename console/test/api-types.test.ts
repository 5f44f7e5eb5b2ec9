import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { apiTypes } from '../scripts/generate-api.ts';

describe('the types of the clients', () => {
  test('are those of the contracts: else npm run generate-api -w console', async () => {
    for (const { file, text } of await apiTypes()) expect(await readFile(file, 'utf8')).toBe(text);
  });
});
