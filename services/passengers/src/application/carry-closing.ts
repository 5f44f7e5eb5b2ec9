import { Fault } from '@tidemark/core';
import { type CommandContext, deriveId } from '@tidemark/runtime';
import type { PassengerCommand } from '../domain/passenger.ts';
import type { Passengers } from './aggregates.ts';
import type { ClosingCommand } from './closing.process.ts';

/**
 * Carries a command of the process `closing` to all of its passengers, side by side: the writer puts
 * them into few commits. Sent again after a crash, it finds under the same ids what is done already.
 *
 * @throws STORE_UNAVAILABLE when a passenger was written too often in a row; the rest is done or thrown, too.
 */
export async function carryClosing(
  passengers: Passengers,
  command: ClosingCommand,
  context: CommandContext,
): Promise<void> {
  const one = toPassengerCommand(command);
  const ended = await Promise.allSettled(
    command.data.passengerIds.map(async (id) => {
      const outcome = await passengers.handle(id, one, {
        commandId: deriveId(context.commandId, id),
        cause: context.cause,
      });
      if (outcome.status !== 'conflicted') return;
      throw new Fault('STORE_UNAVAILABLE', 'a passenger is written too often just now');
    }),
  );
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
}

function toPassengerCommand({ type }: ClosingCommand): PassengerCommand {
  return type === 'ArrivePassengers'
    ? { type: 'RecordArrived', data: {} }
    : { type: 'RemovePassenger', data: { because: 'flight-deleted' } };
}
