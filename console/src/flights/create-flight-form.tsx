import { useId, useRef, useState } from 'react';
import { fieldErrors } from '../api/explain.ts';
import { Button } from '../ui/button.tsx';
import { FailureNotice } from '../ui/failure-notice.tsx';
import { Field } from '../ui/field.tsx';
import { readForm } from '../ui/read-form.ts';
import { useCreateFlight } from './flight-commands.ts';
import { FlightFields } from './flight-fields.tsx';

/**
 * Creates a flight; then it is empty again, with the focus on its first field for the next one. Where there
 * is little room it opens behind a button, so that the flights come first.
 */
export function CreateFlightForm() {
  const form = useRef<HTMLFormElement>(null);
  const command = useCreateFlight(() => {
    form.current?.reset();
    form.current?.querySelector('input')?.focus();
  });
  const errors = fieldErrors(command.error);
  const formId = useId();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        className="@2xl:hidden"
        aria-expanded={isOpen}
        aria-controls={formId}
        onClick={() => setOpen(!isOpen)}
      >
        New flight
      </Button>
      <form
        ref={form}
        id={formId}
        aria-label="New flight"
        className={`gap-3 rounded-lg border border-line bg-surface p-4 @2xl:grid ${isOpen ? 'grid' : 'hidden'}`}
        onSubmit={(event) => {
          const { flightNumber = '', origin = '', destination = '', departsAt } = readForm(event);
          const when = departsAt ? { departsAt: new Date(departsAt).toISOString() } : {};
          command.run({ flightNumber, origin, destination, ...when });
        }}
      >
        <div className="grid items-start gap-3 @sm:grid-cols-2 @2xl:grid-cols-[8rem_1fr_1fr_13rem]">
          <FlightFields errors={errors} />
          <Field
            label="Departure"
            name="departsAt"
            type="datetime-local"
            error={errors.departsAt}
          />
        </div>
        <FailureNotice error={command.error} onRetry={command.retry} />
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="text-sm text-muted">
            Number up to 10 characters, for example TM 204. Times are in your time zone.
          </p>
          <Button type="submit" look="primary" isPending={command.isPending}>
            Create flight
          </Button>
        </div>
      </form>
    </>
  );
}
