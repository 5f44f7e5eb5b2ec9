import type { flightsRoutes } from '@tidemark/contracts/flights';
import type { EventStore, Keys } from '@tidemark/core';
import {
  type Answer,
  awaitConsistency,
  commandAnswer,
  type DeferredCommands,
  entityAnswer,
  type Handlers,
  type HttpContext,
  historyAnswer,
  momentOf,
  notFound,
} from '@tidemark/http';
import { deriveId, type LiveReadModel, loadAsOf } from '@tidemark/runtime';
import { type Flights, flightAggregate } from '../application/flight-aggregate.ts';
import { streamOf } from '../application/flight-stream.ts';
import type { FlightRow } from '../application/flights.ts';
import { exists, type Flight, type FlightCommand } from '../domain/flight.ts';
import { flightCodec } from '../stored.ts';

const SERVICE = 'flights';

interface Parts {
  readonly store: EventStore;
  readonly keys: Keys;
  readonly flights: Flights;
  readonly list: LiveReadModel<FlightRow>;
  readonly deferred: DeferredCommands;
}

/** The routes of the flights service. */
export function flightsHandlers(parts: Parts): Handlers<typeof flightsRoutes> {
  return {
    createFlight: ({ body, context }) => create(parts, withoutUndefined(body), context),
    listFlights: ({ query, context }) => list(parts, query, context),
    getFlight: ({ params, query, context }) =>
      getOne(parts, { id: params.id, asOf: query.asOf }, context),
    changeFlight: ({ params, body, context }) =>
      settle(parts, { id: params.id, context }, reviseFlight(body)),
    departFlight: ({ params, context }) =>
      settle(parts, { id: params.id, context }, { type: 'DepartFlight', data: {} }),
    landFlight: ({ params, context }) =>
      settle(parts, { id: params.id, context }, { type: 'LandFlight', data: {} }),
    deleteFlight: ({ params, context }) =>
      settle(parts, { id: params.id, context }, { type: 'DeleteFlight', data: {} }),
    getFlightHistory: ({ params, query }) =>
      historyAnswer(
        { ...parts, codec: flightCodec },
        { what: 'flight', stream: streamOf(params.id) },
        query,
      ),
    getFlightsCommand: ({ params }) => parts.deferred.status(params.commandId),
  };
}

type Schedule = Extract<FlightCommand, { type: 'ScheduleFlight' }>['data'];
type Revision = Extract<FlightCommand, { type: 'ReviseFlight' }>['data'];

/** The id derives from the command id, so that a repeated request names the same flight, and every other a new one. */
async function create({ flights }: Parts, data: Schedule, context: HttpContext): Promise<Answer> {
  const id = deriveId(context.command.commandId, 'flight');
  const command = { expectedRevision: 'none', ...context.command } as const;
  const outcome = await flights.handle(id, { type: 'ScheduleFlight', data }, command);
  const headers = { Location: `/api/flights/${id}` };
  return commandAnswer(outcome, {
    service: SERVICE,
    context,
    done: { status: 201, body: { id }, headers },
  });
}

async function settle(
  { flights }: Parts,
  { id, context }: { readonly id: string; readonly context: HttpContext },
  command: FlightCommand,
): Promise<Answer> {
  const outcome = await flights.handle(id, command, context.command);
  return commandAnswer(outcome, { service: SERVICE, context, notFound: ['flight-not-found'] });
}

/** Folded from the stream, never from the read model: always as fresh as its `ETag` says. */
async function getOne(
  { store, keys, flights }: Parts,
  { id, asOf }: { readonly id: string; readonly asOf: string | undefined },
  context: HttpContext,
): Promise<Answer> {
  const { state, revision } =
    asOf === undefined
      ? await flights.load(id)
      : await loadAsOf({ store, keys, aggregate: flightAggregate }, id, momentOf(asOf));
  return exists(state)
    ? entityAnswer(flightBody(id, state), revision, context)
    : notFound('flight');
}

async function list(
  { store, list }: Parts,
  query: {
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly status?: Flight['status'] | undefined;
  },
  context: HttpContext,
): Promise<Answer> {
  const { limit, cursor, status } = query;
  const behind = await awaitConsistency({
    service: SERVICE,
    context,
    head: store.head,
    readModel: list,
  });
  if (behind !== undefined) return behind;
  const page = await list.find({
    ...(status === undefined
      ? { index: 'by_order', equals: [] }
      : { index: 'by_status', equals: [status] }),
    order: 'descending',
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });
  return { status: 200, body: { ...page, items: page.items.map(rowBody) } };
}

function flightBody(id: string, flight: Flight): object {
  const { waiting, boarded, status, flightNumber, origin, destination, departsAt } = flight;
  const passengers = { total: waiting.length + boarded.length, boarded: boarded.length };
  return { id, flightNumber, origin, destination, departsAt, status, passengers };
}

function rowBody({ total, boarded, order: _order, ...row }: FlightRow): object {
  return { ...row, passengers: { total, boarded } };
}

function reviseFlight(
  changes: { readonly [Field in keyof Revision]: string | undefined },
): FlightCommand {
  return { type: 'ReviseFlight', data: withoutUndefined(changes) };
}

/** A field that was not sent is absent in what is stored, too. */
function withoutUndefined<Data extends object>(
  data: Data,
): { [Field in keyof Data]: Exclude<Data[Field], undefined> } {
  const present = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [Field in keyof Data]: Exclude<Data[Field], undefined> };
}
