let last: Promise<void> = Promise.resolve();

/**
 * Resolves in a later turn of the event loop, which has by then handled the input that was there. Of several who wait,
 * each gets a turn of its own: many readers that catch up at once hold up a command by one page, not by one each.
 */
export function turnOfTheLoop(): Promise<void> {
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
  return last;
}
