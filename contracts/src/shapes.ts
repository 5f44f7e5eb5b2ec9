import { z } from 'zod';

/** Id of an entity: made by the server, shown in URLs. */
export const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, 'an id has 1 to 64 letters, digits and dashes')
  .describe('Id of an entity');

/** A line of text that a person typed: trimmed, without control characters, 1 to `max` characters. */
export function line(max: number) {
  return z
    .string()
    .trim()
    .min(1, 'may not be empty')
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'may not contain control characters');
}

/** An instant in UTC or with an offset, for example `2026-11-21T08:30:00Z`. */
export const instant = z.iso.datetime({ offset: true });

/** Place in a log: a decimal string, because it may grow past what a JSON number holds. */
export const position = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,17})$/, 'a position is a decimal number of at most 18 digits')
  .describe('Place in the log of a service');

/** Shows one thing as it was: a parameter of its route. */
export const asOf = {
  asOf: z
    .union([position, instant])
    .optional()
    .describe('As it was behind this position of the log, or at this time'),
};

/** What `POST` answers when something was created. */
export const created = z.strictObject({ id });

/** How many items a page holds, as a query parameter says it. */
export const pageSize = z
  .string()
  .regex(/^([1-9][0-9]?|1[0-9]{2}|200)$/, 'a whole number from 1 to 200')
  .transform(Number)
  .default(50);

/** Paging of every list. */
export const paging = {
  limit: pageSize,
  cursor: z.string().min(1).max(1_000).optional().describe('`next` of the page before'),
};

/** A page of a list. `next` is the cursor of the next page; absent on the last. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), next: z.string().optional() });
}

/** One event in the history of an entity. Personal fields are opened, or `{"erased": true}`. */
export const historyItem = z.strictObject({
  id: z.string(),
  type: z.string(),
  revision: z.number().int().nonnegative(),
  position,
  recordedAt: z.iso.datetime(),
  actor: z.string(),
  correlationId: z.string(),
  data: z.record(z.string(), z.unknown()),
});

/** A personal value, or what stands there once its subject was erased. */
export const personalText = z.union([z.string(), z.strictObject({ erased: z.literal(true) })]);

/** What has come of a command that was sent with `Prefer: respond-async`. */
export const deferredCommand = z.discriminatedUnion('status', [
  z.strictObject({ commandId: z.string(), status: z.literal('queued') }),
  z.strictObject({
    commandId: z.string(),
    status: z.literal('settled'),
    answer: z
      .strictObject({
        status: z.number().int(),
        headers: z.record(z.string(), z.string()),
        body: z.record(z.string(), z.unknown()).optional(),
      })
      .describe('What the command would have been answered'),
  }),
]);
