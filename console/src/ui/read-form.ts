import type { SubmitEvent } from 'react';

/** Takes over the sending of a form; its fields by name, trimmed. */
export function readForm(event: SubmitEvent<HTMLFormElement>): Record<string, string> {
  event.preventDefault();
  const fields = [...new FormData(event.currentTarget)];
  return Object.fromEntries(
    fields.map(([name, value]) => [name, typeof value === 'string' ? value.trim() : '']),
  );
}
