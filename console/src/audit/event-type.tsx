import { Fragment } from 'react';

/** The type of an event; where it must be broken, it is broken between its words. */
export function EventType({ type }: { readonly type: string }) {
  return type.split(/(?=[A-Z])/).map((word, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: words have no other name, and never move.
    <Fragment key={place}>
      {place > 0 && <wbr />}
      {word}
    </Fragment>
  ));
}
