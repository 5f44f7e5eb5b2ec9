import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { apiTypes, TYPES_FILE } from '../scripts/generate-api.ts';

describe('the types of the client', () => {
  test('are those of the contracts: else npm run generate-api -w console', async () => {
    expect(await readFile(TYPES_FILE, 'utf8')).toBe(await apiTypes());
  });
});
