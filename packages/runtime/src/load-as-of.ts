import type { EventReader, Keys, Message } from '@tidemark/core';
import type { Aggregate, Loaded } from './command.ts';
import { type Moment, positionOf } from './moment.ts';
import { lastRevisionOf } from './state-cache.ts';
import { ringFor } from './stream-folds.ts';

/**
 * An aggregate as it was: its stream folded from the beginning, with today's `evolve`, up to a moment. Personal data
 * that was erased since is `ERASED`. Before its first event it is in its initial state, at revision `'none'`.
 *
 * @throws POSITION_AHEAD for a position that the log has not come to; else as the codec's `decode`.
 * @example
 * const { state } = await loadAsOf({ store, keys, aggregate: flightAggregate }, '7f3c', { position: 41n });
 */
export async function loadAsOf<Command, State, Event extends Message>(
  parts: {
    readonly store: EventReader;
    readonly keys: Pick<Keys, 'fetch'>;
    readonly aggregate: Aggregate<Command, State, Event>;
  },
  id: string,
  moment: Moment,
): Promise<Loaded<State>> {
  const { store, keys, aggregate } = parts;
  const { category, codec, decider } = aggregate;
  const last = await positionOf(store, moment);
  let state = decider.initialState;
  let revision = -1;
  for await (const page of store.readStream(`${category}-${id}`)) {
    const then = page.filter(({ position }) => position <= last);
    const ring = await ringFor(keys, then);
    for (const recorded of then) {
      state = decider.evolve(state, codec.decode(recorded, ring));
      revision = recorded.revision;
    }
    if (then.length < page.length) break;
  }
  return { state, revision: lastRevisionOf({ revision }) };
}
