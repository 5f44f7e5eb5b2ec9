import type { ErasedList } from '@tidemark/core';
import { createKeys } from '@tidemark/runtime';
import { createMemoryKeyStorage } from '@tidemark/store-memory';
import { keysCases } from './keys-contract.ts';
import type { KeysSubject } from './keys-contract-case.ts';
import { type BreakKeys, keysSealingTwins } from './keys-twins.ts';
import { keysErasureTwins, keysListTwins } from './keys-twins-erasure.ts';
import { registerTwins } from './twins.ts';

const SECRET = 'a secret for tests, long enough to be taken';

async function openSubject(sabotage: BreakKeys = {}): Promise<KeysSubject> {
  const intact = createMemoryKeyStorage();
  const storage = { ...intact, ...sabotage.storage?.(intact) };
  const openOne = async (list?: ErasedList) => {
    const erased = list && { ...list, ...sabotage.list?.(list) };
    const connection = { ...storage, ...sabotage.connection?.(storage) };
    const keys = await createKeys(connection, { secret: SECRET, ...(erased && { erased }) });
    return { ...keys, ...sabotage.keys?.(keys) };
  };
  const keys = await openOne();
  const another = () => openOne();
  return { keys, reopen: another, openSecond: another, openWithList: openOne, close: keys.close };
}

registerTwins({
  port: 'keys',
  cases: keysCases,
  twins: [...keysSealingTwins, ...keysErasureTwins, ...keysListTwins],
  open: openSubject,
});
