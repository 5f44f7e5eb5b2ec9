import { flightsRoutes } from '@tidemark/contracts/flights';
import { carryOutWith, createDeferredCommands, createHttpService } from '@tidemark/http';
import {
  createCommandHandler,
  createFeed,
  createRelay,
  type Infrastructure,
  openReadModel,
  type Service,
} from '@tidemark/runtime';
import { flightsHandlers } from './adapters/http.ts';
import { flightMessagesOut, flightTopics } from './adapters/messages-out.ts';
import { createFlightsRpc } from './adapters/rpc.ts';
import { flightAggregate } from './application/flight-aggregate.ts';
import { flights as flightsReadModel } from './application/flights.ts';
import type { FlightsConfig } from './config.ts';
import { flightCodec } from './stored.ts';

/**
 * The flights service: flights and their passenger lists.
 *
 * @example
 * const flights = await composeFlights(readFlightsConfig(process.env), infrastructure);
 */
export async function composeFlights(
  config: FlightsConfig,
  infrastructure: Infrastructure,
): Promise<Service> {
  const { store, readModels, timers, bus, keys, clock, log, serviceToken } = infrastructure;
  // A flight that cannot be listed must not hide all others.
  const onFailure = { ...config, giveUp: 'park' } as const;

  const flights = createCommandHandler({ store, keys, aggregate: flightAggregate });
  const list = await openReadModel({
    store,
    readModels,
    codec: flightCodec,
    readModel: flightsReadModel,
    onFailure,
    clock,
    log,
  });
  const feed = createFeed({
    service: 'flights',
    store,
    codec: flightCodec,
    out: flightMessagesOut,
  });
  const relays = bus.offer(feed, (publish) =>
    createRelay({ feed, topics: flightTopics, publish, checkpoints: readModels.checkpoints }),
  );

  const deferred = createDeferredCommands({
    service: 'flights',
    path: '/api/flights/commands',
    store,
    keys,
    checkpoints: readModels.checkpoints,
    clock,
    log,
  });
  const handlers = flightsHandlers({ store, keys, flights, list, deferred });

  return {
    name: 'flights',
    fetch: createHttpService({
      service: 'flights',
      routes: flightsRoutes,
      handlers,
      deferred,
      rpc: createFlightsRpc({ flights, token: serviceToken }),
      log,
      clock,
    }),
    runnables: [list.runnable, deferred.runnable(carryOutWith(handlers)), ...relays],
    operations: { store, timers, codecs: [flightCodec], readModels: [list], consumers: [] },
  };
}
