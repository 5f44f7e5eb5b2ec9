// How far this page has seen each service's log, so that no answer takes it back in time.
const positions = new Map<string, bigint>();

/** Notes that something at this position of a service's log has been seen. */
export function noteSeen(service: string, position: string): void {
  const place = BigInt(position);
  if (place > (positions.get(service) ?? -1n)) positions.set(service, place);
}

/** Notes the `Consistency-Token` of an answer, `<service>@<position>`. */
export function noteToken(token: string | null): void {
  for (const part of (token ?? '').split(',')) {
    const [, service, position] = /^\s*([^@\s]+)@(\d+)\s*$/.exec(part) ?? [];
    if (service !== undefined && position !== undefined) noteSeen(service, position);
  }
}

/** The header with which a service answers at least what was seen; none before anything was. */
export function consistencyHeader(service: string): { 'Consistency-Token'?: string } {
  const position = positions.get(service);
  return position === undefined ? {} : { 'Consistency-Token': `${service}@${position}` };
}

/** After the server was away its log may have been restored to an earlier state. */
export function forgetSeen(): void {
  positions.clear();
}
