export { composeAudit } from './compose.ts';
export { type AuditConfig, readAuditConfig } from './config.ts';
