import type { AuditEntry } from '../api/types.ts';
import { address } from '../ui/address.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Fields } from '../ui/fields.tsx';
import { exactTime } from '../ui/format.ts';
import { TextLink } from '../ui/text-link.tsx';
import { EventData } from './event-data.tsx';
import { EventType } from './event-type.tsx';

interface EntryDialogProps {
  readonly entry: AuditEntry;
  readonly onClose: () => void;
}

/** Everything about one event, with ways to what belongs to it. */
export function EntryDialog({ entry, onClose }: EntryDialogProps) {
  const fields: readonly (readonly [string, string])[] = [
    ['Recorded', exactTime(entry.recordedAt)],
    ['Service', entry.service],
    ['Stream', entry.stream],
    ['Revision', String(entry.revision)],
    ['Actor', entry.actor],
    ['Audit position', entry.position],
    ['Service position', entry.servicePosition],
    ['Event id', entry.eventId],
    ['Correlation id', entry.correlationId],
    ['Causation id', entry.causationId],
  ];
  return (
    <Dialog title={<EventType type={entry.type} />} size="wide" onClose={onClose}>
      <nav aria-label="Related events" className="flex flex-wrap gap-x-5 gap-y-1">
        <TextLink to={address('/audit', { correlation: entry.correlationId })} onClick={onClose}>
          All of this request
        </TextLink>
        <TextLink to={address('/audit', { stream: entry.stream })} onClick={onClose}>
          All of this entity
        </TextLink>
      </nav>
      <Fields items={fields} />
      <section aria-label="Data">
        <EventData data={entry.data} />
      </section>
    </Dialog>
  );
}
