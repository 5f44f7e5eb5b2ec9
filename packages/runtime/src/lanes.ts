/** Work in lanes: in order inside a lane, lanes side by side. */
export interface Lanes {
  /** Runs `work` after all earlier work of that lane, whether that succeeded or not; answers as `work` does. */
  readonly run: <Result>(lane: string, work: () => Promise<Result>) => Promise<Result>;
}

/** Starts with no lanes; a lane costs memory only while work waits in it. `sideBySide`: most works running at a time. */
export function createLanes(sideBySide: number): Lanes {
  const tails = new Map<string, Promise<unknown>>();
  const waiting: (() => void)[] = [];
  let free = sideBySide;

  const enter = (): Promise<void> | undefined => {
    if (free === 0) return new Promise((resolve) => waiting.push(resolve));
    free -= 1;
    return undefined;
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const inTurn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };

  return {
    run: (lane, work) => {
      const before = tails.get(lane);
      const start = () => inTurn(work);
      const turn = before === undefined ? start() : before.then(start, start);
      tails.set(lane, turn);
      const end = (): void => {
        if (tails.get(lane) === turn) tails.delete(lane);
      };
      turn.then(end, end);
      return turn;
    },
  };
}
