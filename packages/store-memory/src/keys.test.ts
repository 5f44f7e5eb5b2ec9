import type { Keys } from '@tidemark/core';
import { keysCases, keysContract, runContractCase } from '@tidemark/testing';
import { expect, test } from 'vitest';
import { createMemoryKeyStorage, createMemoryKeys } from './keys.ts';

async function openSubject() {
  const storage = createMemoryKeyStorage();
  const openOne = async () => createMemoryKeys({ storage });
  const keys = await openOne();
  const reopen = async () => {
    await keys.close();
    return openOne();
  };
  return { keys, reopen, openSecond: openOne, close: keys.close };
}

keysContract({ name: 'memory', open: openSubject });

/** Deletes the key and does not remember it. */
async function openForgetful() {
  const storage = createMemoryKeyStorage();
  const keys = createMemoryKeys({ storage });
  const erase = async (subject: string) => {
    await keys.erase(subject);
    storage.erased.delete(subject);
  };
  const forgetful: Keys = { ...keys, erase };
  return { keys: forgetful, close: keys.close };
}

test.each([
  'an erased subject never gets a key again',
  'a subject can be erased before it has a key',
  'erasing again changes nothing',
])('keys that come back after erasing fail the contract: %s', async (name) => {
  await expect(runContractCase(keysCases, name, await openForgetful())).rejects.toThrow();
  await runContractCase(keysCases, name, await openSubject());
});
