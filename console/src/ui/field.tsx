import { type ComponentProps, useId } from 'react';

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  readonly label: string;
  /** What may be written, while nothing is wrong. */
  readonly hint?: string;
  /** What the server said about it. */
  readonly error?: string | undefined;
}

/** A labelled input, with its hint or what is wrong with it. */
export function Field({ label, hint, error, className, ...input }: FieldProps) {
  const id = useId();
  const noteId = useId();
  const note = error ?? hint;
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-sm font-semibold">
        {label}
        {input.required !== true && <span className="font-normal text-muted"> (optional)</span>}
      </label>
      <input
        {...input}
        id={id}
        autoComplete="off"
        aria-invalid={error !== undefined}
        aria-describedby={note === undefined ? undefined : noteId}
        className="field-box"
      />
      {note !== undefined && (
        <p
          id={noteId}
          className={`mt-1 text-xs ${error === undefined ? 'text-muted' : 'font-semibold text-danger'}`}
        >
          {note}
        </p>
      )}
    </div>
  );
}
