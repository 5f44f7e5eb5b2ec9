import { Fields } from '../ui/fields.tsx';
import { exactTime } from '../ui/format.ts';
import type { StoredEvent } from './types.ts';

/** Everything about an event but its data. */
export function EventFields({ event }: { readonly event: StoredEvent }) {
  return (
    <Fields
      items={[
        ['Event', event.type],
        ['Recorded', exactTime(event.recordedAt)],
        ['Position', `#${event.position}`],
        ['Stream', event.stream],
        ['Revision', String(event.revision)],
        ['Stored as version', String(event.schema)],
        ['Actor', event.actor],
        ['Event id', event.id],
        ['Correlation id', event.correlationId],
        ['Causation id', event.causationId],
        ...(event.tags.length === 0 ? [] : [['Tags', event.tags.join(', ')] as const]),
      ]}
    />
  );
}
