import { type Figure, timed } from './figures.ts';

/**
 * Runs callers in closed loops until the time is over: each sends its next request when the one before is
 * answered. `turn` answers how many events its request had.
 */
export function runCallers(
  callers: number,
  forMs: number,
  turn: () => Promise<number>,
): Promise<Figure> {
  return timed(async () => {
    const endMs = performance.now() + forMs;
    let events = 0;
    const call = async (): Promise<void> => {
      while (performance.now() < endMs) {
        // Not `events += await …`, which adds to what it was before the wait.
        const stored = await turn();
        events += stored;
      }
    };
    await Promise.all(Array.from({ length: callers }, call));
    return events;
  });
}

/** The same until so many events are written; for what must have happened before the clock starts. */
export async function runUntil(
  callers: number,
  enough: number,
  turn: () => Promise<number>,
): Promise<void> {
  let events = 0;
  const call = async (): Promise<void> => {
    while (events < enough) {
      const stored = await turn();
      events += stored;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
}
