export interface AuditConfig {
  /** Services whose events are recorded. */
  readonly services: readonly string[];
}

/** Reads `AUDIT_SERVICES`, a comma list; all services of the platform unless given. */
export function readAuditConfig(env: Readonly<Record<string, string | undefined>>): AuditConfig {
  const services = (env.AUDIT_SERVICES ?? 'flights,passengers')
    .split(',')
    .map((name) => name.trim());
  return { services: services.filter((name) => name !== '') };
}
