import { linkedStop } from './linked-stop.ts';

/**
 * Runs all of them until `signal` aborts or one of them ends; then the others are stopped and awaited. Rejects
 * with the first failure.
 */
export async function sideBySide(
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const stop = linkedStop(signal);
  const failures: unknown[] = [];
  const runOne = async (work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    try {
      await work(stop.signal);
    } catch (error) {
      failures.push(error);
    } finally {
      stop.abort();
    }
  };
  await Promise.all(works.map(runOne));
  stop.unlink();
  if (failures.length > 0) throw failures[0];
}
