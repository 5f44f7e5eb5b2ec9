import { lazy, Suspense, useState } from 'react';
import type { Flight } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { DeleteFlightDialog } from './delete-flight-dialog.tsx';
import { EditFlightDialog } from './edit-flight-dialog.tsx';
import { useDepartFlight, useLandFlight } from './flight-commands.ts';

const FlightHistoryDialog = lazy(() => import('./flight-history-dialog.tsx'));

/** What the status of a flight allows, and what it has been through. */
export function FlightActions({ flight }: { readonly flight: Flight }) {
  const { status } = flight;
  const [dialog, setDialog] = useState<'edit' | 'delete' | 'history'>();
  const depart = useDepartFlight(flight);
  const land = useLandFlight(flight);
  const close = () => setDialog(undefined);
  const isOnGround = status === 'waiting-for-boarding' || status === 'all-boarded';
  return (
    <div className="mt-auto flex flex-wrap gap-2 pt-2">
      {status === 'all-boarded' && (
        <Button
          size="small"
          look="primary"
          isPending={depart.isPending}
          onClick={() => depart.run(undefined)}
        >
          Depart
        </Button>
      )}
      {status === 'departed' && (
        <Button
          size="small"
          look="primary"
          isPending={land.isPending}
          onClick={() => land.run(undefined)}
        >
          Land
        </Button>
      )}
      {isOnGround && (
        <Button size="small" onClick={() => setDialog('edit')}>
          Edit
        </Button>
      )}
      {status === 'arrived' && (
        <Button size="small" look="danger" onClick={() => setDialog('delete')}>
          Delete
        </Button>
      )}
      <Button size="small" onClick={() => setDialog('history')}>
        History
      </Button>
      {dialog === 'edit' && <EditFlightDialog flight={flight} onClose={close} />}
      {dialog === 'delete' && <DeleteFlightDialog flight={flight} onClose={close} />}
      {dialog === 'history' && (
        <Suspense>
          <FlightHistoryDialog flight={flight} onClose={close} />
        </Suspense>
      )}
    </div>
  );
}
