import type { Cause } from '@tidemark/core';
import type { CommandContext } from '@tidemark/runtime';

/** What came with a request besides its validated parts. */
export interface HttpContext {
  /** For commands: from `Idempotency-Key`, else new. Goes back as `Command-Id`. Give it to the command handler as it is. */
  readonly command: CommandContext;
  readonly cause: Cause;
  /** From `If-None-Match` on a GET: ETags that the client has, with their quotes. */
  readonly knownTags: readonly string[];
  /** From `Consistency-Token`: `<service>@<position>` tokens, parsed. */
  readonly consistency: ReadonlyMap<string, bigint>;
  /** From `Last-Event-ID`. */
  readonly lastEventId?: string;
  /** Aborts when the client has gone or the deadline is over. */
  readonly signal: AbortSignal;
}
