import { flightsRpc } from '@tidemark/contracts/flights';
import { Fault } from '@tidemark/core';
import { createRpcServer, type RpcCallContext } from '@tidemark/rpc';
import type { CommandOutcome } from '@tidemark/runtime';
import type { Flights } from '../application/flight-aggregate.ts';
import type { FlightRejection } from '../domain/flight.ts';

interface Seat {
  readonly flightId: string;
  readonly passengerId: string;
}

type Verdict =
  | { verdict: 'accepted' }
  | { verdict: 'rejected'; reason: FlightRejection | 'subject-erased' };

/** What neighbours may ask of a flight: settled when it answers, under the command id that came along. */
export function createFlightsRpc(parts: {
  readonly flights: Flights;
  readonly token: string;
}): (request: Request) => Promise<Response> {
  const settle =
    (type: 'AdmitPassenger' | 'BoardPassenger' | 'ReleasePassenger') =>
    async ({ flightId, passengerId }: Seat, { commandId, cause }: RpcCallContext) =>
      toVerdict(
        await parts.flights.handle(flightId, { type, data: { passengerId } }, { commandId, cause }),
      );

  return createRpcServer(flightsRpc, {
    token: parts.token,
    handlers: {
      admit: settle('AdmitPassenger'),
      board: settle('BoardPassenger'),
      release: settle('ReleasePassenger'),
    },
  });
}

/** A flight that was written by others too often in a row has not decided: the caller asks again. */
function toVerdict(outcome: CommandOutcome<FlightRejection>): Verdict {
  switch (outcome.status) {
    case 'accepted':
    case 'unchanged':
      return { verdict: 'accepted' };
    case 'rejected':
      return { verdict: 'rejected', reason: outcome.reason };
    case 'conflicted':
      throw new Fault('STORE_UNAVAILABLE', 'the flight is written too often just now');
    case 'mismatched':
      throw new Fault('EVENT_INVALID', 'the command id was used for something else');
  }
}
