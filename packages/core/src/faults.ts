/**
 * Every fault the platform throws: what broke, and whether the same call may be repeated as it is.
 * `docs/reference/errors.md` has a row for each; a test compares the two.
 */
export const FAULTS = {
  STORE_UNAVAILABLE: { retryable: true, meaning: 'The store did not answer; nothing was stored.' },
  STORE_FULL: { retryable: false, meaning: 'No space left for the store; nothing was stored.' },
  OUTCOME_UNKNOWN: {
    retryable: true,
    meaning:
      'The store may or may not have stored it. Repeat with the same command id to find out.',
  },
  LOG_CORRUPT: {
    retryable: false,
    meaning: 'A stored row does not match its checksum or its place.',
  },
  EVENT_TYPE_UNKNOWN: {
    retryable: false,
    meaning: 'A stored event has a type that this service does not know.',
  },
  EVENT_SCHEMA_UNKNOWN: {
    retryable: false,
    meaning: 'A stored event has a newer shape than this service knows.',
  },
  EVENT_INVALID: {
    retryable: false,
    meaning:
      'An event breaks a limit of the port, or is not of the shape it is stored in; nothing was stored.',
  },
  SUBJECT_ERASED: {
    retryable: false,
    meaning: 'It brings personal data of somebody who has been erased; nothing was stored.',
  },
  CAPABILITY_MISSING: {
    retryable: false,
    meaning: 'This engine cannot do what was asked; its documentation lists it.',
  },
  READ_MODEL_BEHIND: {
    retryable: true,
    meaning: 'The read model has not come as far as the query asks.',
  },
  READ_MODEL_STOPPED: {
    retryable: false,
    meaning: 'The read model stopped at an event that it cannot handle.',
  },
  PARKING_FULL: {
    retryable: false,
    meaning: 'Too many messages wait behind parked ones; retry or skip some. Nothing was lost.',
  },
  READ_MODEL_DROPPED: {
    retryable: false,
    meaning: 'The rows of this build of the read model were dropped.',
  },
  CURSOR_INVALID: { retryable: false, meaning: 'A cursor was not made by this query.' },
  POSITION_AHEAD: {
    retryable: false,
    meaning: 'The log has not come to the position that it was asked as of.',
  },
  KEYS_UNAVAILABLE: { retryable: true, meaning: 'The key store did not answer.' },
  NEIGHBOUR_UNAVAILABLE: { retryable: true, meaning: 'Another service did not answer in time.' },
  NEIGHBOUR_REFUSED: { retryable: false, meaning: 'Another service did not accept the call.' },
  CONFIGURATION_INVALID: { retryable: false, meaning: 'A setting is missing or cannot be used.' },
} as const satisfies Record<string, { retryable: boolean; meaning: string }>;

export type FaultCode = keyof typeof FAULTS;

/** A broken world, thrown. Recognise it by `code`, never by its text. */
export class Fault extends Error {
  readonly code: FaultCode;
  /** Facts for the log: streams, positions, ids. Nothing personal. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    code: FaultCode,
    message: string,
    options: { readonly cause?: unknown; readonly facts?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.facts = options.facts ?? {};
  }
}

/** Whether something caught is a fault, of that code if one is given. Works across copies of this package. */
export function isFault(error: unknown, code?: FaultCode): error is Fault {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const found = error.code;
  if (typeof found !== 'string' || !(found in FAULTS)) return false;
  return code === undefined || found === code;
}

/** Whether the same call may be repeated as it is. */
export function isRetryable(error: unknown): boolean {
  return isFault(error) && FAULTS[error.code].retryable;
}
