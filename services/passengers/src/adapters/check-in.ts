import { type Answer, commandAnswer, type HttpContext } from '@tidemark/http';
import { type CommandOutcome, deriveId, type Loaded } from '@tidemark/runtime';
import { until } from '../application/until.ts';
import type { PassengerState } from '../domain/passenger.ts';
import type { HttpParts } from './http-parts.ts';

const SERVICE = 'passengers';

/**
 * Records the request and waits until the process `check_in` has settled it. The id derives from the
 * command id, so that a repeated request names the same passenger and waits for the same outcome.
 */
export async function checkIn(
  parts: HttpParts,
  asked: { readonly flightId: string; readonly name: string },
  context: HttpContext,
): Promise<Answer> {
  const id = deriveId(context.command.commandId, 'passenger');
  const outcome = await parts.passengers.handle(
    id,
    { type: 'RequestCheckIn', data: { passengerId: id, ...asked } },
    context.command,
  );
  if (outcome.status !== 'accepted' && outcome.status !== 'unchanged') {
    return commandAnswer(outcome, { service: SERVICE, context });
  }
  const limit = { clock: parts.clock, withinMs: parts.settleWithinMs, signal: context.signal };
  const settled = await until(limit, (signal) => parts.settlements.settled(id, signal));
  return answer(id, context, { settled, position: await parts.store.head() });
}

function answer(
  id: string,
  context: HttpContext,
  now: { readonly settled: Loaded<PassengerState>; readonly position: bigint },
): Answer {
  const { state, revision } = now.settled;
  const headers = { Location: `/api/passengers/${id}` };
  const reason = 'reason' in state ? state.reason : undefined;
  const outcome: CommandOutcome =
    reason === undefined
      ? { status: 'unchanged', revision, position: now.position }
      : { status: 'rejected', reason };
  const done =
    state.status === 'requested'
      ? { status: 202, body: { id, status: 'requested' }, headers }
      : { status: 201, body: { id }, headers };
  return commandAnswer(outcome, { service: SERVICE, context, done });
}
