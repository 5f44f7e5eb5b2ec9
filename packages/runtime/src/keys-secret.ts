import { randomBytes } from 'node:crypto';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '@tidemark/core';

const SECRET_BYTES = 32;
const OWNER_ONLY = 0o600;
const GROUP_AND_OTHERS = 0o077;

/**
 * The secret in a file, made at the first call: 256 random bits as base64url, readable by the owner only, on
 * stable storage before it is answered. Processes that start together get the same one. Keep a copy of the
 * file apart from copies of the data: without it every personal value is lost, and with both nothing is secret.
 *
 * @throws CONFIGURATION_INVALID when others may read the file or it is empty; KEYS_UNAVAILABLE when it cannot be read or made.
 *
 * @example
 * const keys = await createKeys(storage, { secret: await loadOrCreateSecret('./data.key') });
 */
export async function loadOrCreateSecret(filePath: string): Promise<string> {
  try {
    return (await readSecret(filePath)) ?? (await createSecret(filePath));
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('KEYS_UNAVAILABLE', `the secret in ${filePath} cannot be read or made`, {
      cause: error,
    });
  }
}

async function readSecret(filePath: string): Promise<string | undefined> {
  const file = await open(filePath, 'r').catch(ignore('ENOENT'));
  if (file === undefined) return undefined;
  try {
    const { mode } = await file.stat();
    // Windows has no such bits, and reports them all as set.
    if (process.platform !== 'win32' && (mode & GROUP_AND_OTHERS) !== 0) {
      throw unusable(`others may read ${filePath}: chmod 600 it`);
    }
    const secret = (await file.readFile('utf8')).trim();
    if (secret === '') throw unusable(`${filePath} holds no secret`);
    return secret;
  } finally {
    await file.close();
  }
}

/** Written whole beside its place and then linked there, so that nobody ever reads half of it. */
async function createSecret(filePath: string): Promise<string> {
  const draftPath = `${filePath}.${randomBytes(8).toString('hex')}.new`;
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const draft = await open(draftPath, 'wx', OWNER_ONLY);
  try {
    await draft.writeFile(`${secret}\n`);
    await draft.sync();
    await draft.close();
    // Refuses to replace a file: of several processes one wins, and all read what it wrote.
    await link(draftPath, filePath).catch(ignore('EEXIST'));
  } finally {
    await draft.close();
    await unlink(draftPath);
  }
  await syncFolder(dirname(filePath));
  const stored = await readSecret(filePath);
  if (stored === undefined) throw unusable(`${filePath} was removed while it was made`);
  return stored;
}

/** A new name is on stable storage once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignore(code: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === code) return undefined;
    throw error;
  };
}

function unusable(message: string): Fault {
  return new Fault('CONFIGURATION_INVALID', message);
}
