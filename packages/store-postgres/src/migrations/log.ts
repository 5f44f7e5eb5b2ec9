import type { Migrations } from '../migrate.ts';
import { LOG_0001 } from './log-0001.sql.ts';
import { LOG_0002 } from './log-0002.sql.ts';

/** Tables and functions of an event engine. */
export const LOG_MIGRATIONS: Migrations = { component: 'log', steps: [LOG_0001, LOG_0002] };
