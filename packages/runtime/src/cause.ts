import type { Cause } from '@tidemark/core';

/**
 * The cause of what follows from a message or event: the same correlation and trace, its id as
 * causation, and its actor unless another one is named (a process acts under its own name).
 *
 * @example
 * await passengers.handle(id, command, { commandId: message.id, cause: causedBy(message) });
 */
export function causedBy(
  origin: { readonly id: string; readonly cause: Cause },
  actor: string = origin.cause.actor,
): Cause {
  return { ...origin.cause, causationId: origin.id, actor };
}
