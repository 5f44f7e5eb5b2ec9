import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadOrCreateSecret } from './keys-secret.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-secret-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the secret in a file', () => {
  test('is made once, for its owner only, and is the same at every later call', async () => {
    const path = join(folder, 'made.key');
    const secret = await loadOrCreateSecret(path);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await loadOrCreateSecret(path)).toBe(secret);
    expect((await readFile(path, 'utf8')).trim()).toBe(secret);
  });

  test('is the same for all that start together, and no draft of it stays behind', async () => {
    const path = join(folder, 'together.key');
    const all = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateSecret(path)));
    expect(new Set(all).size).toBe(1);
    const left = (await readdir(folder)).filter((name) => name.startsWith('together.key'));
    expect(left).toEqual(['together.key']);
  });

  test.each([0o640, 0o604, 0o644, 0o660])(
    'is refused when others may read it: mode %o',
    async (mode) => {
      const path = join(folder, `open-${mode}.key`);
      await loadOrCreateSecret(path);
      await chmod(path, mode);
      await expect(loadOrCreateSecret(path)).rejects.toMatchObject({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining('chmod 600'),
      });
    },
  );

  test('is refused when the file is empty, and the file is left as it is', async () => {
    const path = join(folder, 'empty.key');
    await writeFile(path, '\n', { mode: 0o600 });
    const refused = { code: 'CONFIGURATION_INVALID' };
    await expect(loadOrCreateSecret(path)).rejects.toMatchObject(refused);
    expect(await readFile(path, 'utf8')).toBe('\n');
  });

  test('cannot be made in a folder that does not exist', async () => {
    const making = loadOrCreateSecret(join(folder, 'none', 'a.key'));
    await expect(making).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE' });
  });
});
