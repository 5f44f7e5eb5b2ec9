import { fieldErrors } from '../api/explain.ts';
import type { Flight } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureNotice } from '../ui/failure-notice.tsx';
import { readForm } from '../ui/read-form.ts';
import { useChangeFlight } from './flight-commands.ts';
import { FlightFields } from './flight-fields.tsx';

interface EditFlightDialogProps {
  readonly flight: Flight;
  readonly onClose: () => void;
}

/** Changes number, origin or destination of a flight that has not departed. */
export function EditFlightDialog({ flight, onClose }: EditFlightDialogProps) {
  const command = useChangeFlight(flight, onClose);
  return (
    <Dialog title={`Edit flight ${flight.flightNumber}`} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          const { flightNumber = '', origin = '', destination = '' } = readForm(event);
          command.run({ flightNumber, origin, destination });
        }}
      >
        <FlightFields values={flight} errors={fieldErrors(command.error)} />
        <FailureNotice error={command.error} onRetry={command.retry} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isPending={command.isPending}>
            Save changes
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
