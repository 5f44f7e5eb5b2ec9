import { flightsRpc } from '@tidemark/contracts/flights';
import { Fault } from '@tidemark/core';
import { createRpcClient, type RpcClient } from '@tidemark/rpc';
import { type CommandContext, deriveId, type Infrastructure } from '@tidemark/runtime';
import type { Passengers } from '../application/aggregates.ts';
import type { CheckInCommand } from '../application/check-in.process.ts';
import type { PassengerCommand } from '../domain/passenger.ts';

/** The flights service, as far as passengers need it. */
export type FlightsClient = RpcClient<typeof flightsRpc>;

/** Reaches the flights service, wherever it runs just now. */
export function createFlightsClient({
  neighbour,
  serviceToken,
}: Pick<Infrastructure, 'neighbour' | 'serviceToken'>): FlightsClient {
  return createRpcClient(flightsRpc, {
    fetch: (request) => neighbour('flights')(request),
    token: serviceToken,
  });
}

interface Parts {
  readonly flights: FlightsClient;
  readonly passengers: Passengers;
  /** How long the flight may take to answer, in milliseconds. */
  readonly answerWithinMs: number;
}

/**
 * Settles a check-in: asks the flight and records what it said, each under an id that is the same on
 * every try. A yes and a no have different ids, so that the one is never taken for the other.
 *
 * @throws what the neighbour or the store throws; then it is to be asked again.
 */
export async function settleCheckIn(
  parts: Parts,
  command: CheckInCommand,
  context: CommandContext,
): Promise<void> {
  const { flightId, passengerId } = command.data;
  const { commandId, cause } = context;
  const call = (name: string) => ({
    commandId: name === '' ? commandId : deriveId(commandId, name),
    cause,
    deadlineMs: parts.answerWithinMs,
  });
  const answer = await parts.flights.admit({ flightId, passengerId }, call(''));
  const verdict: PassengerCommand =
    answer.verdict === 'accepted'
      ? { type: 'RecordCheckedIn', data: {} }
      : { type: 'RecordRefused', data: { reason: answer.reason } };
  const outcome = await parts.passengers.handle(passengerId, verdict, {
    commandId: deriveId(commandId, verdict.type),
    cause,
  });
  if (outcome.status === 'conflicted') {
    throw new Fault('STORE_UNAVAILABLE', 'the passenger is written too often just now');
  }
  // Refused or removed here meanwhile: nobody may stay on the list who will never board.
  if (answer.verdict === 'accepted' && outcome.status === 'rejected') {
    await parts.flights.release({ flightId, passengerId }, call('release'));
  }
}
