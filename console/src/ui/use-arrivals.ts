import { useEffect, useState } from 'react';

/**
 * Whether what is drawn from now on came after the list was loaded, and so deserves a moment of attention.
 * An item keeps the answer of its first drawing.
 */
export function useArrivals(isLoaded: boolean): boolean {
  const [isWatching, setWatching] = useState(false);
  useEffect(() => {
    if (isLoaded) setWatching(true);
  }, [isLoaded]);
  return isWatching;
}

/** The class of an item: it glows for a moment when it arrived while somebody was looking. */
export function useArrivalClass(isArriving: boolean): string {
  const [name] = useState(isArriving ? 'arrives' : '');
  return name;
}
