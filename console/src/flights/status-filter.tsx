import { Link } from 'wouter';
import type { FlightStatus } from '../api/types.ts';
import { address } from '../ui/address.ts';
import { FLIGHT_STATUSES } from './flight-status.ts';

const CHOICES: readonly { readonly status: FlightStatus | undefined; readonly text: string }[] = [
  { status: undefined, text: 'All' },
  ...Object.entries(FLIGHT_STATUSES).map(([status, { text }]) => ({
    status: status as FlightStatus,
    text,
  })),
];

/** Which flights the board shows; a link each, so that a choice can be kept and shared. */
export function StatusFilter({ status }: { readonly status: FlightStatus | undefined }) {
  return (
    <nav aria-label="Flights by status" className="flex flex-wrap gap-1">
      {CHOICES.map((choice) => (
        <Link
          key={choice.text}
          to={address('/', choice.status === undefined ? {} : { status: choice.status })}
          aria-current={choice.status === status ? 'true' : undefined}
          className="rounded-full border border-transparent px-3 py-1 text-sm font-semibold text-muted hover:bg-tide-soft hover:text-ink aria-[current=true]:border-tide aria-[current=true]:bg-tide-soft aria-[current=true]:text-ink"
        >
          {choice.text}
        </Link>
      ))}
    </nav>
  );
}
