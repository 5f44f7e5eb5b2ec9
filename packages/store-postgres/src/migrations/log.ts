import type { Migrations } from '../migrate.ts';
import { LOG_0001 } from './log-0001.sql.ts';
import { LOG_0002 } from './log-0002.sql.ts';
import { LOG_0003 } from './log-0003.sql.ts';
import { LOG_0004 } from './log-0004.sql.ts';
import { LOG_0005 } from './log-0005.sql.ts';
import { LOG_0006 } from './log-0006.sql.ts';
import { LOG_0007 } from './log-0007.sql.ts';
import { LOG_0008 } from './log-0008.sql.ts';
import { LOG_0009 } from './log-0009.sql.ts';
import { LOG_0010 } from './log-0010.sql.ts';
import { LOG_0011, LOG_0012 } from './log-0011.sql.ts';

/** Tables and functions of an event engine. */
export const LOG_MIGRATIONS: Migrations = {
  component: 'log',
  steps: [
    LOG_0001,
    LOG_0002,
    LOG_0003,
    LOG_0004,
    LOG_0005,
    LOG_0006,
    LOG_0007,
    LOG_0008,
    LOG_0009,
    LOG_0010,
    LOG_0011,
    LOG_0012,
  ],
};
