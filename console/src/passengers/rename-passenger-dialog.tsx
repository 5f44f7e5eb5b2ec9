import { fieldErrors } from '../api/explain.ts';
import type { Passenger } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureNotice } from '../ui/failure-notice.tsx';
import { Field } from '../ui/field.tsx';
import { readForm } from '../ui/read-form.ts';
import { useRenamePassenger } from './passenger-commands.ts';
import { nameOf } from './passenger-name.ts';

interface RenamePassengerDialogProps {
  readonly passenger: Passenger;
  readonly onClose: () => void;
}

/** Changes the name of a passenger. */
export function RenamePassengerDialog({ passenger, onClose }: RenamePassengerDialogProps) {
  const command = useRenamePassenger(passenger, onClose);
  return (
    <Dialog title={`Rename ${nameOf(passenger)}`} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => command.run({ name: readForm(event).name ?? '' })}
      >
        <Field
          label="Name"
          name="name"
          required
          maxLength={120}
          defaultValue={nameOf(passenger)}
          error={fieldErrors(command.error).name}
        />
        <FailureNotice error={command.error} onRetry={command.retry} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isPending={command.isPending}>
            Save name
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
