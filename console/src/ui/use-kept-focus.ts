import { type RefObject, useLayoutEffect, useRef } from 'react';

/**
 * Keeps the keyboard's place: when the focused element inside `area` goes away, its nearest element with
 * a `tabindex`, the area itself, takes the focus.
 *
 * @returns what to give the area as `onFocus`.
 */
export function useKeptFocus(
  area: RefObject<HTMLElement | null>,
): (event: { readonly target: EventTarget }) => void {
  const last = useRef<EventTarget | null>(null);
  useLayoutEffect(() => {
    const isLost = last.current instanceof Node && !last.current.isConnected;
    if (!isLost) return;
    last.current = null;
    if (document.activeElement === document.body) area.current?.focus({ preventScroll: true });
  });
  return ({ target }) => {
    last.current = target;
  };
}
