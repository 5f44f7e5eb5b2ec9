import { explainReason } from '../api/explain.ts';
import type { Passenger } from '../api/types.ts';
import { Badge } from '../ui/badge.tsx';

/** How far a passenger is; for one who was refused, why. */
export function PassengerState({ passenger }: { readonly passenger: Passenger }) {
  switch (passenger.status) {
    case 'requested':
      return <Badge tone="amber">Waiting for the flight</Badge>;
    case 'checked-in':
      return <Badge tone="blue">Checked in</Badge>;
    case 'boarded':
      return <Badge tone="green">Boarded</Badge>;
    case 'arrived':
      return <Badge tone="grey">Arrived</Badge>;
    case 'refused':
      return (
        <span className="flex flex-wrap items-center justify-end gap-2">
          <Badge tone="red">Refused</Badge>
          {passenger.reason !== undefined && (
            <span className="text-sm text-muted">{explainReason(passenger.reason)}</span>
          )}
        </span>
      );
  }
}
