import type { passengersRoutes } from '@tidemark/contracts/passengers';
import {
  type Answer,
  awaitConsistency,
  commandAnswer,
  entityAnswer,
  type Handlers,
  type HttpContext,
  historyAnswer,
  momentOf,
  notFound,
} from '@tidemark/http';
import { loadAsOf, openPersonal } from '@tidemark/runtime';
import { passengerAggregate } from '../application/aggregates.ts';
import { streamOf } from '../application/streams.ts';
import { exists } from '../domain/passenger.ts';
import { passengerCodec } from '../stored.ts';
import { checkIn } from './check-in.ts';
import type { HttpParts } from './http-parts.ts';
import { boardPassenger, removePassenger } from './with-flight.ts';

const SERVICE = 'passengers';

/** The routes of the passengers service. */
export function passengersHandlers(parts: HttpParts): Handlers<typeof passengersRoutes> {
  return {
    checkIn: ({ body, context }) => checkIn(parts, body, context),
    listPassengers: ({ query, context }) => list(parts, query, context),
    getPassenger: ({ params, query, context }) =>
      getOne(parts, { id: params.id, asOf: query.asOf }, context),
    renamePassenger: ({ params, body, context }) =>
      rename(parts, { passengerId: params.id, name: body.name }, context),
    removePassenger: ({ params, context }) => removePassenger(parts, params.id, context),
    boardPassenger: ({ params, context }) => boardPassenger(parts, params.id, context),
    getPassengerHistory: ({ params, query }) =>
      historyAnswer(
        { ...parts, codec: passengerCodec },
        { what: 'passenger', stream: streamOf(params.id) },
        query,
      ),
    getPassengersCommand: ({ params }) => parts.deferred.status(params.commandId),
  };
}

async function rename(
  { passengers }: HttpParts,
  data: { readonly passengerId: string; readonly name: string },
  context: HttpContext,
): Promise<Answer> {
  const command = { type: 'RenamePassenger', data } as const;
  const outcome = await passengers.handle(data.passengerId, command, context.command);
  return commandAnswer(outcome, { service: SERVICE, context, notFound: ['passenger-not-found'] });
}

/** Folded from the stream, never from the read model: always as fresh as its `ETag` says. */
async function getOne(
  { store, keys, passengers }: HttpParts,
  { id, asOf }: { readonly id: string; readonly asOf: string | undefined },
  context: HttpContext,
): Promise<Answer> {
  const { state, revision } =
    asOf === undefined
      ? await passengers.load(id)
      : await loadAsOf({ store, keys, aggregate: passengerAggregate }, id, momentOf(asOf));
  return exists(state) ? entityAnswer({ id, ...state }, revision, context) : notFound('passenger');
}

async function list(
  { store, keys, list }: HttpParts,
  query: {
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly flightId?: string | undefined;
  },
  context: HttpContext,
): Promise<Answer> {
  const { limit, cursor, flightId } = query;
  const behind = await awaitConsistency({
    service: SERVICE,
    context,
    head: store.head,
    readModel: list,
  });
  if (behind !== undefined) return behind;
  const page = await list.find({
    ...(flightId === undefined
      ? { index: 'by_order', equals: [] }
      : { index: 'by_flight', equals: [flightId] }),
    order: 'descending',
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  const opened = await openPersonal(keys, page.items);
  return { status: 200, body: { ...page, items: opened.map(({ order: _order, ...row }) => row) } };
}
