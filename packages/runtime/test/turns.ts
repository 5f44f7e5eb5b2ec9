import { turnOfTheLoop } from '../src/turn-of-the-loop.ts';

const MOST_TURNS = 20_000;

/** Lets the event loop go round until something is so; fails when nothing brings it about. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what = 'it never became so',
): Promise<void> {
  for (let turns = 0; turns < MOST_TURNS; turns += 1) {
    if (await isSo()) return;
    await turnOfTheLoop();
  }
  throw new Error(what);
}

/** A promise that is settled from outside. */
export function gate<Value = void>(): {
  readonly opened: Promise<Value>;
  readonly open: (value: Value) => void;
} {
  let open: (value: Value) => void = () => {};
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
