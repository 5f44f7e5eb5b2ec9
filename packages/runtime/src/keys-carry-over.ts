import type { ErasedList, KeyStorage, ListMark } from '@tidemark/core';

const PAGE = 1_000;

/**
 * Brings the keys and the list of erased subjects to say the same: an old copy of the keys forgets again who was
 * erased since, a new or old list learns whom the keys know. Reads only what is new since the last time, and all
 * when the list is not the one that it was.
 */
export async function carryOver(storage: KeyStorage, list: ErasedList): Promise<void> {
  const mark = await storage.listMark();
  const isSameList = mark !== undefined && (await holds(list, mark));
  if (!isSameList) await addAll(storage, list);
  for (let after = isSameList ? mark.position : 0n; ; ) {
    const { erased, scannedTo } = await list.read(after, PAGE);
    const last = erased.at(-1);
    if (last !== undefined) {
      await storage.eraseAll(
        erased.map(({ subject }) => subject),
        last,
      );
    }
    if (scannedTo === after) return;
    after = scannedTo;
  }
}

async function holds(list: ErasedList, { position, subject }: ListMark): Promise<boolean> {
  const { erased } = await list.read(position - 1n, 1);
  return erased[0]?.position === position && erased[0].subject === subject;
}

async function addAll(storage: KeyStorage, list: ErasedList): Promise<void> {
  for (let after: string | undefined; ; ) {
    const subjects = await storage.listErased(after, PAGE);
    if (subjects.length === 0) return;
    await list.add(subjects);
    after = subjects.at(-1);
  }
}
