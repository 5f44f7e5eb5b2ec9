import type { AuditFilters } from '../api/types.ts';

/** The filters in the order of their fields, with what people call them. */
export const AUDIT_FILTERS: readonly {
  readonly name: keyof AuditFilters;
  readonly label: string;
  readonly example?: string;
  /** A moment: typed in the person's time zone, kept in UTC. */
  readonly isTime?: true;
}[] = [
  { name: 'service', label: 'Service', example: 'flights' },
  { name: 'type', label: 'Event type', example: 'FlightDeparted' },
  { name: 'stream', label: 'Stream', example: 'flight-…' },
  { name: 'actor', label: 'Actor', example: 'anonymous' },
  { name: 'correlation', label: 'Request', example: 'correlation id' },
  { name: 'from', label: 'From', isTime: true },
  { name: 'upTo', label: 'Until', isTime: true },
];

/** The filters in a link or a form; what is empty, unknown or no time is left out. */
export function readFilters(fields: Readonly<Record<string, unknown>>): AuditFilters {
  const given = AUDIT_FILTERS.map(({ name, isTime }) => {
    const value = String(fields[name] ?? '').trim();
    return [name, isTime === true ? toInstant(value) : value] as const;
  });
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

function toInstant(value: string): string {
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

/** An instant as a field for date and time wants it: in the person's time zone. */
export function toLocalField(instant: string | undefined): string | undefined {
  if (instant === undefined) return undefined;
  const time = new Date(instant);
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
