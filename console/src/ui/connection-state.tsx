import { useConnection } from '../api/connection.ts';

const STATES = {
  connecting: { text: 'connecting…', dot: 'bg-edge' },
  live: { text: 'live', dot: 'bg-green' },
  reconnecting: { text: 'reconnecting…', dot: 'bg-amber' },
};

/** Whether what is shown is followed live. */
export function ConnectionState() {
  const { text, dot } = STATES[useConnection()];
  return (
    <p
      role="status"
      className="inline-flex w-28 items-center justify-end gap-1.5 text-sm text-muted"
      title="Whether this page follows events as they happen"
    >
      <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
      {text}
    </p>
  );
}
