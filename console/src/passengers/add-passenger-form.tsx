import { useId, useRef } from 'react';
import { fieldErrors } from '../api/explain.ts';
import type { Flight } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { FailureNotice } from '../ui/failure-notice.tsx';
import { readForm } from '../ui/read-form.ts';
import { useCheckIn } from './passenger-commands.ts';

/** Checks a passenger in; then it is empty again for the next one. */
export function AddPassengerForm({ flight }: { readonly flight: Flight }) {
  const form = useRef<HTMLFormElement>(null);
  const errorId = useId();
  const command = useCheckIn(flight.id, () => {
    form.current?.reset();
    form.current?.querySelector('input')?.focus();
  });
  const nameError = fieldErrors(command.error).name;
  return (
    <form
      ref={form}
      aria-label={`Add a passenger to ${flight.flightNumber}`}
      className="mt-1 grid gap-2"
      onSubmit={(event) => command.run({ name: readForm(event).name ?? '' })}
    >
      <div className="flex gap-2">
        <input
          name="name"
          required
          maxLength={120}
          autoComplete="off"
          aria-label={`Name of a passenger for ${flight.flightNumber}`}
          aria-invalid={nameError !== undefined}
          aria-describedby={nameError === undefined ? undefined : errorId}
          placeholder="Passenger’s name"
          className="field-box min-w-0 placeholder:text-muted"
        />
        <Button type="submit" isPending={command.isPending}>
          Add
        </Button>
      </div>
      {nameError !== undefined && (
        <p id={errorId} className="text-xs font-semibold text-danger">
          {nameError}
        </p>
      )}
      <FailureNotice error={command.error} onRetry={command.retry} />
    </form>
  );
}
