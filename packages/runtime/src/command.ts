import type { Cause, Codec, Decider, Message } from '@tidemark/core';

export interface Aggregate<Command, State, Event extends Message, Reason extends string = string> {
  /** Category of its streams; a stream is `<category>-<id>`. */
  readonly category: string;
  readonly codec: Codec<Event>;
  readonly decider: Decider<Command, State, Event, Reason>;
}

export interface CommandContext {
  /** Chosen by the sender, kept on retries; event ids derive from it. */
  readonly commandId: string;
  readonly cause: Cause;
  /** From `If-Match` (a revision) or `If-None-Match: *` (`'none'`). When given, a conflict is answered and not retried. */
  readonly expectedRevision?: number | 'none';
  /** Hash of the request where the client named the command (Idempotency-Key). */
  readonly fingerprint?: string;
}

export type CommandOutcome<Reason extends string = string> =
  /** Stored. `repeated`: it had been stored before, by the same command id; answer as the first time. */
  | {
      readonly status: 'accepted';
      readonly revision: number;
      readonly position: bigint;
      readonly repeated: boolean;
    }
  /** Nothing needed to change. `position` is that of the stream's last event, `0n` when it has none. */
  | { readonly status: 'unchanged'; readonly revision: number | 'none'; readonly position: bigint }
  | {
      readonly status: 'rejected';
      /** What the decider said; `subject-erased` when the command brings personal data of somebody who has been erased. */
      readonly reason: Reason | 'subject-erased';
      readonly details?: Readonly<Record<string, unknown>>;
    }
  /** Somebody wrote first: against `expectedRevision` (attempts 1), or too often in a row. */
  | { readonly status: 'conflicted'; readonly actual: number | 'none'; readonly attempts: number }
  /** The command id was used before, for something else. */
  | { readonly status: 'mismatched' };

export interface Loaded<State> {
  readonly state: State;
  readonly revision: number | 'none';
}

export interface CommandHandler<Command, State, Reason extends string = string> {
  readonly handle: (
    id: string,
    command: Command,
    context: CommandContext,
  ) => Promise<CommandOutcome<Reason>>;
  /** The state as it is now: cached, and always topped up from the tail of the stream. */
  readonly load: (id: string) => Promise<Loaded<State>>;
}
