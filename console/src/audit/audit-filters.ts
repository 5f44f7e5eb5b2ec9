import type { AuditFilters } from '../api/types.ts';

/** The filters in the order of their fields, with what people call them. */
export const AUDIT_FILTERS: readonly {
  readonly name: keyof AuditFilters;
  readonly label: string;
  readonly example: string;
}[] = [
  { name: 'service', label: 'Service', example: 'flights' },
  { name: 'type', label: 'Event type', example: 'FlightDeparted' },
  { name: 'stream', label: 'Stream', example: 'flight-…' },
  { name: 'actor', label: 'Actor', example: 'anonymous' },
  { name: 'correlation', label: 'Request', example: 'correlation id' },
];

/** The filters in a link or a form; what is empty or unknown is left out. */
export function readFilters(fields: Readonly<Record<string, unknown>>): AuditFilters {
  const given = AUDIT_FILTERS.map(({ name }) => [name, String(fields[name] ?? '').trim()] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}
