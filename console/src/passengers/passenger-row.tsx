import { lazy, Suspense, useState } from 'react';
import type { Passenger } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { useArrivalClass } from '../ui/use-arrivals.ts';
import { useBoardPassenger } from './passenger-commands.ts';
import { nameOf } from './passenger-name.ts';
import { PassengerState } from './passenger-state.tsx';
import { RemovePassengerDialog } from './remove-passenger-dialog.tsx';
import { RenamePassengerDialog } from './rename-passenger-dialog.tsx';

const PassengerHistoryDialog = lazy(() => import('./passenger-history-dialog.tsx'));

interface PassengerRowProps {
  readonly passenger: Passenger;
  /** The flight has not departed. */
  readonly isOnGround: boolean;
  /** They came after the list was loaded. */
  readonly isArriving: boolean;
}

/** One passenger, and what can be done. */
export function PassengerRow({ passenger, isOnGround, isArriving }: PassengerRowProps) {
  const arrival = useArrivalClass(isArriving);
  const { status } = passenger;
  const [dialog, setDialog] = useState<'rename' | 'remove' | 'history'>();
  const board = useBoardPassenger(passenger);
  const close = () => setDialog(undefined);
  const name = nameOf(passenger);
  const isErased = typeof passenger.name !== 'string';
  const canRemove = status === 'refused' || (isOnGround && status !== 'requested');
  return (
    <li
      data-passenger={passenger.id}
      className={`flex flex-wrap items-center justify-end gap-x-2 gap-y-1 py-1 ${arrival}`}
    >
      <span
        className={`min-w-32 flex-1 text-left break-words ${isErased ? 'text-muted italic' : 'font-medium'}`}
      >
        {name}
      </span>
      <PassengerState passenger={passenger} />
      {status === 'checked-in' && isOnGround && (
        <Button
          size="small"
          aria-label={`Board ${name}`}
          isPending={board.isPending}
          onClick={() => board.run(undefined)}
        >
          Board
        </Button>
      )}
      <span className="flex min-h-8">
        <IconButton
          icon="history"
          label={`History of ${name}`}
          onClick={() => setDialog('history')}
        />
        {status !== 'refused' && !isErased && (
          <IconButton icon="edit" label={`Rename ${name}`} onClick={() => setDialog('rename')} />
        )}
        {canRemove && (
          <IconButton icon="remove" label={`Remove ${name}`} onClick={() => setDialog('remove')} />
        )}
      </span>
      {dialog === 'rename' && <RenamePassengerDialog passenger={passenger} onClose={close} />}
      {dialog === 'remove' && <RemovePassengerDialog passenger={passenger} onClose={close} />}
      {dialog === 'history' && (
        <Suspense>
          <PassengerHistoryDialog passenger={passenger} onClose={close} />
        </Suspense>
      )}
    </li>
  );
}
