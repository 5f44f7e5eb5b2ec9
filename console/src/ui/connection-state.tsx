import { useConnection } from '../api/connection.ts';

const STATES = {
  connecting: { text: 'connecting…', dot: 'bg-edge' },
  live: { text: 'live', dot: 'bg-green' },
  reconnecting: { text: 'reconnecting…', dot: 'bg-amber' },
};

/** Whether what is shown is followed live. */
export function ConnectionState() {
  const connection = useConnection();
  const { text, dot } = STATES[connection];
  return (
    <div
      role="status"
      className="flex w-28 justify-end text-sm text-muted"
      title="Whether this page follows events as they happen"
    >
      {/* Drawn anew for each state: a shorter word would move the dot before it. */}
      <p key={connection} className="flex items-center gap-1.5">
        <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
        {text}
      </p>
    </div>
  );
}
