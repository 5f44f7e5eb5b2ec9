import type { Flight } from '../api/types.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { counted } from '../ui/format.ts';
import { useDeleteFlight } from './flight-commands.ts';

interface DeleteFlightDialogProps {
  readonly flight: Flight;
  readonly onClose: () => void;
}

/** Asks before a flight is deleted. */
export function DeleteFlightDialog({ flight, onClose }: DeleteFlightDialogProps) {
  const { flightNumber, passengers } = flight;
  const command = useDeleteFlight(flight, onClose);
  const whom = passengers.total === 0 ? '' : ` and its ${counted(passengers.total, 'passenger')}`;
  return (
    <ConfirmDialog
      title={`Delete flight ${flightNumber}?`}
      text={`The flight${whom} will leave the board. What happened stays in the audit log.`}
      action="Delete flight"
      command={command}
      onClose={onClose}
    />
  );
}
