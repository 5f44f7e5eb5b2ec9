import { setMaxListeners } from 'node:events';

/** A way to stop that also follows a signal from outside. */
export interface LinkedStop {
  readonly signal: AbortSignal;
  readonly abort: () => void;
  /** Stops following; must be called, or a long-lived signal keeps it for ever. */
  readonly unlink: () => void;
}

/**
 * Follows `signal`. Any number of workers may listen: one listener on the outer signal stands for all,
 * so Node does not take many workers for a leak.
 */
export function linkedStop(signal: AbortSignal): LinkedStop {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const abort = (): void => controller.abort();
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  return {
    signal: controller.signal,
    abort,
    unlink: () => signal.removeEventListener('abort', abort),
  };
}
