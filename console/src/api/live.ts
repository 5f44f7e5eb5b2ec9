import type { QueryClient } from '@tanstack/react-query';
import { setConnection } from './connection.ts';
import { createIntake } from './intake.ts';
import { forgetSeen } from './seen.ts';
import type { AuditEntry } from './types.ts';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/**
 * Keeps everything that this page shows as it is now: follows the platform's events, one stream for the
 * page, and has what they concern read again. A hidden page lets go of its stream, because a browser
 * gives a site only a handful of connections; it goes on where it stopped when it is looked at again.
 *
 * @returns ends it.
 */
export function watchEvents(client: QueryClient): () => void {
  const intake = createIntake(client);
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let retryAfterMs = FIRST_RETRY_MS;
  /** The last event that came, and whether others may have passed unseen. */
  let last: string | undefined;
  let hasGap = false;

  function open(): void {
    close();
    source = new EventSource(last === undefined ? '/api/events' : `/api/events?after=${last}`);
    source.onopen = opened;
    source.onerror = failed;
    source.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
      last = lastEventId;
      intake.add(JSON.parse(data) as AuditEntry);
    };
  }

  function opened(): void {
    retryAfterMs = FIRST_RETRY_MS;
    if (hasGap) intake.refreshAll();
    hasGap = false;
    setConnection('live');
  }

  function failed(): void {
    hasGap = true;
    forgetSeen();
    setConnection('reconnecting');
    // The browser repeats a lost connection by itself, but not one that was answered with an error.
    if (source?.readyState !== EventSource.CLOSED) return;
    clearTimeout(retry);
    retry = setTimeout(open, retryAfterMs);
    retryAfterMs = Math.min(retryAfterMs * 2, LAST_RETRY_MS);
  }

  function close(): void {
    clearTimeout(retry);
    source?.close();
    source = undefined;
  }

  function followVisibility(): void {
    if (document.hidden) {
      close();
      if (last === undefined) hasGap = true;
    } else if (source === undefined) {
      setConnection('connecting');
      open();
    }
  }

  document.addEventListener('visibilitychange', followVisibility);
  window.addEventListener('online', open);
  // A page that was opened in the background still loads its lists once it is looked at.
  if (!document.hidden) open();
  return () => {
    document.removeEventListener('visibilitychange', followVisibility);
    window.removeEventListener('online', open);
    close();
  };
}
