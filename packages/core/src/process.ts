import type { View } from './decider.ts';

/**
 * A process manager: the mirror of a decider. Messages in, commands out, all of it pure,
 * so a test needs no clock and no store.
 * Source of the shape: the "process" of the decider pattern (J. Chassaing).
 */
export interface Process<Input, State, Command> extends View<State, Input> {
  /** Lower-case noun (letters, digits, `_`): the category of its streams and the actor of its commands. Stored for ever. */
  readonly name: string;
  /** Which running instance an input belongs to; `undefined` when it is not for this process. */
  readonly correlate: (input: Input) => string | undefined;
  /** What to do next. `state` already includes `input`. May be asked again for the same input after a crash. */
  readonly react: (state: State, input: Input) => readonly Reaction<Input, Command>[];
  /** Once true, further inputs of this instance are dropped: a late reminder does nothing. */
  readonly isTerminal?: (state: State) => boolean;
}

/** What a process asks for: a command, sent at least once under one id, or a reminder, fed back never early. */
export type Reaction<Input, Command> =
  | { readonly kind: 'send'; readonly command: Command }
  | { readonly kind: 'remind'; readonly afterMs: number; readonly input: Input };
