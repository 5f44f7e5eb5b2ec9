import type { Timer } from './types.ts';

/** Timers by the process that set them, by name; of each, the one that is due first comes first. */
export function byProcess(
  timers: readonly Timer[],
): readonly (readonly [owner: string, timers: readonly Timer[]])[] {
  const groups = new Map<string, Timer[]>();
  for (const timer of timers) {
    const group = groups.get(timer.owner);
    if (group === undefined) groups.set(timer.owner, [timer]);
    else group.push(timer);
  }
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([owner, group]) => [owner, group.sort((a, b) => dueMs(a) - dueMs(b))]);
}

function dueMs({ dueAt }: Timer): number {
  return Date.parse(dueAt);
}
