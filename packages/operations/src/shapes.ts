import { z } from 'zod';

/** Name of a service, a read model, a consumer or a process; those of consumers hold a slash. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_./-]{0,99}$/, 'a name of this platform');

/** Place in the log of a service: a decimal string, because it may grow past what a JSON number holds. */
export const position = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,17})$/, 'a position is a decimal number of at most 18 digits');

/** What tags, types and keys are asked by. */
export const text = z.string().min(1).max(500);

/** A flag of a query. */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** How many items a page holds. */
export const pageSize = z
  .string()
  .regex(/^([1-9][0-9]{0,2}|1000)$/, 'a whole number from 1 to 1000')
  .transform(Number)
  .default(50);

/** A page of a list. `next` goes on where it ended; absent on the last page. A page may be short, or empty, and have one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), next: z.string().optional() });
}

/** A fault that keeps something from being told. */
export const fault = z.strictObject({ code: z.string(), message: z.string() });

export const runnable = z.strictObject({
  name: z.string(),
  state: z.enum(['running', 'restarting', 'stopped']),
  restarts: z.number().int(),
  lastError: z.string().optional(),
});

export const service = z.strictObject({
  name: z.string(),
  /** Position of its last event. Absent when the log cannot tell it: `fault` says why. */
  head: position.optional(),
  fault: fault.optional(),
  readModels: z.number().int(),
  consumers: z.number().int(),
  /** What runs for it, and how that is. */
  runnables: z.array(runnable),
});

export const stream = z.strictObject({
  stream: z.string(),
  category: z.string(),
  /** Position of its first event: the order in which streams began. */
  position,
  firstType: z.string(),
  startedAt: z.string(),
});

/** An event as it is stored. Personal values stay sealed, `{"$subject", "$sealed"}`, unless they were asked for. */
export const storedEvent = z.strictObject({
  position,
  stream: z.string(),
  revision: z.number().int(),
  type: z.string(),
  schema: z.number().int(),
  id: z.string(),
  recordedAt: z.string(),
  actor: z.string(),
  correlationId: z.string(),
  causationId: z.string(),
  tags: z.array(z.string()),
  data: z.record(z.string(), z.unknown()),
});

export const readModel = z.strictObject({
  name: z.string(),
  version: z.number().int(),
  /** The position up to which all rows have come. */
  checkpoint: position,
  /** Events between the checkpoint and the head of the log. */
  lag: z.number().int(),
  /** Rows that were set aside, counted up to 1,000. */
  parked: z.number().int(),
  /** How far a rebuild is; absent where the engine keeps one build only. */
  rebuild: z.enum(['idle', 'building', 'comparing', 'ready', 'switched']).optional(),
});

export const parkedRow = z.strictObject({
  key: z.string(),
  /** Position of the event that failed, and its id. */
  position,
  eventId: z.string(),
  error: z.string(),
  since: z.string(),
  /** Events for this row that came later and wait. */
  waiting: z.number().int(),
});

/** Work that outlasts its request; it is asked for until its state is no longer `running`. */
export const task = z.strictObject({
  id: z.string(),
  kind: z.string(),
  subject: z.string(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  progress: z
    .strictObject({
      step: z.string(),
      done: z.number(),
      total: z.number().optional(),
    })
    .optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  fault: fault.optional(),
});

const replay = z.strictObject({
  /** Whose messages are fed again. */
  service: z.string(),
  from: position,
  upTo: position,
  /** How far it has come. */
  position,
  messages: z.number().int(),
  done: z.boolean(),
});

export const consumer = z.strictObject({
  name: z.string(),
  /** How far it has come in the log of each service. */
  checkpoints: z.array(
    z.strictObject({ service: z.string(), position, lag: z.number().int().optional() }),
  ),
  /** Keys that were set aside, counted up to 1,000. */
  parked: z.number().int(),
  /** Whether old messages can be fed to it again, and the last times that was done. */
  canReplay: z.boolean(),
  replays: z.array(replay),
});

export const parkedMessage = z.strictObject({
  key: z.string(),
  id: z.string(),
  type: z.string(),
  time: z.string(),
  position: position.optional(),
  error: z.string(),
  since: z.string(),
  waiting: z.number().int(),
});

export const inspectedMessage = parkedMessage.extend({
  data: z.record(z.string(), z.unknown()),
  cause: z.record(z.string(), z.unknown()),
  waitingIds: z.array(z.string()),
});

export const timer = z.strictObject({
  id: z.string(),
  owner: z.string(),
  dueAt: z.string(),
  /** Personal values sealed. */
  input: z.record(z.string(), z.unknown()),
});

const build = z.strictObject({
  version: z.number().int(),
  build: z.number().int(),
  isInForce: z.boolean(),
  checkpoint: position,
  since: z.string().optional(),
});

/** How far a rebuild is; see `RebuildStatus` of the runtime. */
export const rebuildStatus = z.strictObject({
  state: z.enum(['idle', 'building', 'comparing', 'ready', 'switched']),
  progress: z
    .strictObject({
      eventsDone: position,
      eventsTotal: position,
      eventsPerSecond: z.number(),
      leftMs: z.number().optional(),
    })
    .optional(),
  comparison: z
    .strictObject({
      isDone: z.boolean(),
      rowsCompared: z.number().int(),
      rowsDiffering: z.number().int(),
      firstDifference: z
        .strictObject({ key: z.string(), kind: z.string(), field: z.string().optional() })
        .optional(),
    })
    .optional(),
  lastError: z.string().optional(),
  builds: z.array(build),
});

/** One thing that is kept about a subject; see `SubjectRecord` of the runtime. */
export const subjectRecord = z.record(z.string(), z.unknown());
