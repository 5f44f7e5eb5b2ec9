import type { Keys, SubjectKey } from '@tidemark/core';
export function createMemoryKeys(): Keys {
  const keys = new Map<string, SubjectKey>();
  const erased = new Set<string>();
  const fetch = async (s: readonly string[]) =>
    new Map(
      s.flatMap((x) => {
        const k = keys.get(x);
        return k ? [[x, k] as const] : [];
      }),
    );
  return {
    ensure: async (s) => {
      for (const x of s)
        if (!erased.has(x) && !keys.has(x))
          keys.set(x, {
            seal: (v) => ({ $subject: x, $sealed: JSON.stringify(v) }),
            open: (v) => JSON.parse(v.$sealed),
          });
      return fetch(s);
    },
    fetch,
    erase: async (s) => {
      keys.delete(s);
      erased.add(s);
    },
    close: async () => {},
  };
}
