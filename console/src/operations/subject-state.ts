/** What the page for people is told beside its address: ids of people stand in no address. */
export interface SubjectState {
  readonly subject: string;
}

/** Leads to one person. */
export function asSubject(subject: string): SubjectState {
  return { subject };
}

/** The person that the page was led to; whatever a browser kept, it is an id or nothing. */
export function subjectOf(state: unknown): string | undefined {
  if (typeof state !== 'object' || state === null || !('subject' in state)) return undefined;
  return typeof state.subject === 'string' ? state.subject : undefined;
}
