/** Anything with a name and a payload. */
export interface Message {
  readonly type: string;
  readonly data: object;
}

/**
 * Turns a table of name → payload into a union discriminated by `type`.
 *
 * @example
 * type CounterEvent = MessagesOf<{ Incremented: { by: number } }>;
 * // { readonly type: 'Incremented'; readonly data: Readonly<{ by: number }> }
 */
export type MessagesOf<Table extends object> = {
  [Name in keyof Table & string]: { readonly type: Name; readonly data: Readonly<Table[Name]> };
}[keyof Table & string];

/** A JSON object as it comes out of `JSON.parse`. */
export type JsonObject = { readonly [key: string]: unknown };

/** Why a message exists. Copied along every hop, so one id finds the whole story. Holds ids only, never personal data. */
export interface Cause {
  /** The same for everything that follows from one request. Set by the gateway. */
  readonly correlationId: string;
  /** Id of the message (command or event) that led directly to this one. */
  readonly causationId: string;
  /** Who asked: a user id, `anonymous`, or the name of a process. */
  readonly actor: string;
  /** W3C `traceparent`, where tracing is on. */
  readonly trace?: string;
}
