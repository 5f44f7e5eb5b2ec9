import { useSyncExternalStore } from 'react';

const WIDE = window.matchMedia('(min-width: 70rem)');

function subscribe(listener: () => void): () => void {
  WIDE.addEventListener('change', listener);
  return () => WIDE.removeEventListener('change', listener);
}

/** Whether there is room for the audit log beside the board. */
export function useWideScreen(): boolean {
  return useSyncExternalStore(subscribe, () => WIDE.matches);
}
