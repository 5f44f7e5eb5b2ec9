import { Fault, type JsonObject, type Logger } from '@tidemark/core';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { prettyStream } from './pretty-stream.ts';
import { redact } from './redact.ts';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** What waits while lines cannot be written, a full disk for example; what comes on top of it is lost. */
const MOST_WAITING_BYTES = 1_048_576;

/** Where lines go and which. */
export interface LoggerOptions {
  /** `debug`, `info`, `warn`, `error` or `silent`. */
  readonly level: string;
  /** Lines for people instead of JSON. Default false. */
  readonly pretty?: boolean;
  /** A file that lines are added to (its folder must exist), or what takes each line. Default: standard output. */
  readonly destination?: string | { readonly write: (line: string) => void };
}

/**
 * A logger that writes one line of JSON for each message: time, level, message, fields. Fields that are named
 * like a secret or like the name of a person are redacted at every depth. Lines are written at once, so
 * that a crash loses none. What cannot be written waits, up to 1 MiB, for a line that can: a full disk is no
 * fault of whoever logs, so no line throws.
 *
 * @throws CONFIGURATION_INVALID for a level that does not exist.
 * @example
 * const log = createLogger({ level: 'info' }).with({ service: 'flights' });
 * log.info('caught up', { position: 41n });
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level } = options;
  if (!LEVELS.some((known) => known === level)) {
    throw new Fault(
      'CONFIGURATION_INVALID',
      `the log level is one of ${LEVELS.join(', ')}, found "${level}"`,
    );
  }
  const settings = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return adapt(pino(settings, destinationOf(options)));
}

function destinationOf({ destination, pretty }: LoggerOptions): DestinationStream {
  const target = typeof destination === 'object' ? destination : openFile(destination ?? 1);
  return pretty === true ? prettyStream(target) : target;
}

function openFile(dest: string | number): DestinationStream {
  const file = pino.destination({ dest, sync: true, append: true, maxLength: MOST_WAITING_BYTES });
  return file.on('error', () => undefined);
}

function adapt(logger: PinoLogger): Logger {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => {
    return (message: string, fields?: JsonObject): void => {
      if (!logger.isLevelEnabled(level)) return;
      logger[level](fields === undefined ? {} : redact(fields), message);
    };
  };
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    with: (fields) => adapt(logger.child(redact(fields))),
  };
}
