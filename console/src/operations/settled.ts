import type { ToastParts } from '../ui/toasts.ts';
import type { Task } from './types.ts';

/** What comes back when something parked is handed over again. */
export type Settled = { readonly parked?: object } | Task;

/** What to say about it. */
export function settledToast(key: string, settled: Settled): ToastParts {
  if ('state' in settled) {
    return { tone: 'info', text: `${key} takes longer; the list shows when it is done.` };
  }
  if (settled.parked === undefined) {
    return { tone: 'success', text: `${key} goes on as every other.` };
  }
  return {
    tone: 'error',
    text: `${key} is parked again. Mend what its error says and retry, or skip it.`,
  };
}
