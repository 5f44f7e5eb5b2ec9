/**
 * Joins calls: while one piece of work is under way, what is asked for meanwhile becomes the next, so that many
 * who wait share one sync of the disk. Alone, a call is done at once. Answers as the work that held its items did.
 */
export function batched<Item>(
  work: (items: readonly Item[]) => Promise<void>,
): (items: readonly Item[]) => Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  let forming: { readonly items: Item[]; readonly done: Promise<void> } | undefined;

  return (items) => {
    if (forming === undefined) {
      const mine: Item[] = [];
      const begin = () => {
        forming = undefined;
        return work(mine);
      };
      forming = { items: mine, done: underWay.then(begin, begin) };
      underWay = forming.done;
    }
    forming.items.push(...items);
    return forming.done;
  };
}
