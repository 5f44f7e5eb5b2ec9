/**
 * Closes while calls are under way. How each had ended when that was done: `answered`, the code of its fault, or
 * `waits on`.
 */
export async function endedByClosing(
  close: () => Promise<void>,
  calls: readonly Promise<unknown>[],
): Promise<readonly string[]> {
  const ended = calls.map(() => 'waits on');
  for (const [n, call] of calls.entries()) {
    call.then(
      () => {
        ended[n] = 'answered';
      },
      ({ code }) => {
        ended[n] = String(code);
      },
    );
  }
  await close();
  // Who was answered hears of it some microtasks later.
  await new Promise<void>((resolve) => setImmediate(resolve));
  return ended;
}

/** How calls may have ended. */
export const ANSWERED_OR_REFUSED: readonly string[] = ['answered', 'STORE_UNAVAILABLE'];
