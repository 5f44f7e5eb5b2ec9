import type { EventReader } from '@tidemark/core';
import { type Answer, commandAnswer, type HttpContext } from '@tidemark/http';
import { type CommandContext, type CommandOutcome, deriveId } from '@tidemark/runtime';
import { streamOf } from '../application/streams.ts';
import type { Passenger, PassengerCommand } from '../domain/passenger.ts';
import type { HttpParts } from './http-parts.ts';

/** Something that the flight has to agree to before it is recorded here. */
interface WithFlight {
  readonly method: 'board' | 'release';
  /** In these states the flight is asked; in all others the passenger alone decides. */
  readonly asksWhen: readonly Passenger['status'][];
  /** Answers of the flight that do not stand in the way. */
  readonly fine: readonly string[];
  readonly command: PassengerCommand;
  /** The message with which the flight makes it certain. */
  readonly topic: string;
}

const BOARD: WithFlight = {
  method: 'board',
  asksWhen: ['checked-in'],
  fine: [],
  command: { type: 'RecordBoarded', data: {} },
  topic: 'flights.passenger-boarded.v1',
};

const REMOVE: WithFlight = {
  method: 'release',
  asksWhen: ['checked-in', 'boarded'],
  // A flight that is gone holds nobody.
  fine: ['flight-not-found'],
  command: { type: 'RemovePassenger', data: { because: 'asked' } },
  topic: 'flights.passenger-released.v1',
};

/** Boards a passenger: first on the list of the flight, then here. */
export function boardPassenger(parts: HttpParts, id: string, context: HttpContext) {
  return settle(parts, { id, context }, BOARD);
}

/** Removes a passenger: first from the list of the flight, then here. */
export function removePassenger(parts: HttpParts, id: string, context: HttpContext) {
  return settle(parts, { id, context }, REMOVE);
}

interface Target {
  readonly id: string;
  readonly context: HttpContext;
}

async function settle(parts: HttpParts, target: Target, what: WithFlight): Promise<Answer> {
  const { id, context } = target;
  const flightSays = await askFlight(parts, target, what);
  const outcome =
    typeof flightSays === 'string'
      ? ({ status: 'rejected', reason: flightSays } as const)
      : await parts.passengers.handle(id, what.command, flightSays);
  const heard = outcome.status === 'rejected' && (await heardOf(parts.store, target, what));
  return commandAnswer<string>(heard || outcome, {
    service: 'passengers',
    context,
    notFound: ['passenger-not-found'],
  });
}

/** The reason of the flight's no, or how to go on here. */
async function askFlight(
  parts: HttpParts,
  { id, context }: Target,
  what: WithFlight,
): Promise<string | CommandContext> {
  const { expectedRevision, ...unguarded } = context.command;
  const { state, revision } = await parts.passengers.load(id);
  const isStale = expectedRevision !== undefined && expectedRevision !== revision;
  if (isStale || !('flightId' in state) || !what.asksWhen.includes(state.status)) {
    return context.command;
  }
  const answer = await parts.flights[what.method](
    { flightId: state.flightId, passengerId: id },
    {
      commandId: callId(context, what),
      cause: context.cause,
      deadlineMs: parts.answerWithinMs,
    },
  );
  const refused = answer.verdict === 'rejected' && !what.fine.includes(answer.reason);
  // The guard held when the flight was asked; its message may have been heard since.
  return refused ? answer.reason : unguarded;
}

function callId(context: HttpContext, { method }: WithFlight): string {
  return deriveId(context.command.commandId, method);
}

/**
 * The flight's message may have done here what this very request asked for, before the request could,
 * perhaps long ago if the request is a repeat. Then the request was accepted, whatever is true by now.
 * Ids of messages are `<command id>.<place of the event>/<topic>`.
 */
async function heardOf(
  store: EventReader,
  { id, context }: Target,
  what: WithFlight,
): Promise<CommandOutcome | false> {
  const receipt = await store.findCommand(`${callId(context, what)}.0/${what.topic}`);
  const revision = receipt?.revisions[streamOf(id)];
  if (receipt === undefined || revision === undefined) return false;
  return { status: 'accepted', revision, position: receipt.position, repeated: true };
}
