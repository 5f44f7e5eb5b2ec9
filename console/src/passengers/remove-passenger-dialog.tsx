import type { Passenger } from '../api/types.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useRemovePassenger } from './passenger-commands.ts';
import { nameOf } from './passenger-name.ts';

interface RemovePassengerDialogProps {
  readonly passenger: Passenger;
  readonly onClose: () => void;
}

/** Asks before a passenger is taken off a flight. */
export function RemovePassengerDialog({ passenger, onClose }: RemovePassengerDialogProps) {
  const command = useRemovePassenger(passenger, onClose);
  return (
    <ConfirmDialog
      title={`Remove ${nameOf(passenger)}?`}
      text="The flight will not wait for them any longer. To fly after all, they check in again."
      action="Remove passenger"
      command={command}
      onClose={onClose}
    />
  );
}
