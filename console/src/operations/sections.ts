import { address } from '../ui/address.ts';

/** The parts of the operators' page, in their order, with what people call them. */
export const SECTIONS = {
  services: 'Services',
  'read-models': 'Read models',
  parked: 'Parked',
  timers: 'Timers',
  history: 'History',
  people: 'People',
} as const;

export type Section = keyof typeof SECTIONS;

/** The part that an address names; links may hold anything. */
export function sectionOf(wanted: string | null): Section {
  return wanted !== null && Object.hasOwn(SECTIONS, wanted) ? (wanted as Section) : 'services';
}

/**
 * The address of a part. It stands in the search: paths below `/operations` are the operators' routes themselves.
 */
export function sectionAddress(
  section: Section,
  search: Readonly<Record<string, string>> = {},
): string {
  return address('/operations', section === 'services' ? search : { section, ...search });
}

/** Where the history of an entity is shown. */
export function historyAddress(service: string, stream: string): string {
  return sectionAddress('history', { service, stream });
}
