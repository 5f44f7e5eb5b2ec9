import { passengersRoutes } from '@tidemark/contracts/passengers';
import type { Runnable } from '@tidemark/core';
import { carryOutWith, createDeferredCommands, createHttpService } from '@tidemark/http';
import {
  createCommandHandler,
  createFeed,
  createInbox,
  createProcessManager,
  createRelay,
  type FailurePolicy,
  type Infrastructure,
  openReadModel,
  type ProcessManager,
  type Service,
} from '@tidemark/runtime';
import { passengersHandlers } from './adapters/http.ts';
import { createMessageHandler, passengerTopics } from './adapters/messages-in.ts';
import { passengerMessagesOut, publishedTopics } from './adapters/messages-out.ts';
import { createFlightsClient, type FlightsClient, settleCheckIn } from './adapters/rpc.ts';
import {
  flightNoteAggregate,
  type Passengers,
  passengerAggregate,
} from './application/aggregates.ts';
import { carryClosing } from './application/carry-closing.ts';
import { checkInProcess, toCheckInInput } from './application/check-in.process.ts';
import { closingProcess, toClosingInput } from './application/closing.process.ts';
import { passengers as passengersReadModel } from './application/passengers.ts';
import { createSettlements } from './application/settled.ts';
import { FLIGHT_NOTE, PASSENGER } from './application/streams.ts';
import type { PassengersConfig } from './config.ts';
import { checkInCodec, closingCodec, flightNoteCodec, passengerCodec } from './stored.ts';

/**
 * The passengers service: people and how far they have come on their flight.
 *
 * @example
 * const passengers = await composePassengers(readPassengersConfig(process.env), infrastructure);
 */
export async function composePassengers(
  config: PassengersConfig,
  infrastructure: Infrastructure,
): Promise<Service> {
  const { store, readModels, timers, parking, bus, keys, clock, log } = infrastructure;
  const { checkpoints } = readModels;
  const { settleWithinMs, answerWithinMs, retries, backoffMs } = config;
  // What fails of one flight or passenger must not hold up the others: their messages and inputs are set aside. The
  // list stops instead: who goes with a deleted flight is looked up there, so nobody may be missing.
  const onFailure: FailurePolicy = { retries, backoffMs, giveUp: 'park' };
  const running = { checkpoints, parking, onFailure, clock, log };

  const flights = createFlightsClient(infrastructure);
  const passengers = createCommandHandler({ store, keys, aggregate: passengerAggregate });
  const notebook = createCommandHandler({ store, keys, aggregate: flightNoteAggregate });
  const list = await openReadModel({
    ...{ store, readModels, keys, clock, log },
    onFailure: { retries, backoffMs, giveUp: 'stop' },
    codec: passengerCodec,
    readModel: passengersReadModel,
  });
  const inbox = createInbox({
    bus,
    group: 'passengers',
    topics: passengerTopics,
    handle: createMessageHandler({ store, clock, passengers, notebook, list }),
    ...running,
  });
  const neighbours = { passengers, flights, answerWithinMs };
  const settlements = createSettlements({ store, passengers });
  const deferred = createDeferredCommands({
    service: 'passengers',
    path: '/api/passengers/commands',
    ...{ store, keys, checkpoints, clock, log },
  });
  const handlers = passengersHandlers({
    ...{ store, settlements, keys, clock, list, settleWithinMs, deferred },
    ...neighbours,
  });
  const processes = [
    checkIns(infrastructure, neighbours, onFailure),
    closings(infrastructure, passengers, onFailure),
  ];

  return {
    name: 'passengers',
    fetch: createHttpService({
      service: 'passengers',
      routes: passengersRoutes,
      handlers,
      deferred,
      log,
      clock,
    }),
    runnables: [
      list.runnable,
      inbox,
      deferred.runnable(carryOutWith(handlers)),
      ...processes,
      ...relays(infrastructure),
    ],
    operations: {
      ...{ store, timers },
      codecs: [passengerCodec, flightNoteCodec, checkInCodec, closingCodec],
      readModels: [list],
      consumers: [inbox, ...processes],
    },
  };
}

function checkIns(
  { store, keys, timers, parking, readModels, clock, log }: Infrastructure,
  neighbours: {
    readonly passengers: Passengers;
    readonly flights: FlightsClient;
    readonly answerWithinMs: number;
  },
  onFailure: FailurePolicy,
): ProcessManager {
  return createProcessManager({
    process: checkInProcess,
    inputs: checkInCodec,
    source: { categories: [PASSENGER], codec: passengerCodec },
    toInput: toCheckInInput,
    send: (command, context) => settleCheckIn(neighbours, command, context),
    checkpoints: readModels.checkpoints,
    ...{ store, keys, timers, parking, onFailure, clock, log },
  });
}

function closings(
  { store, keys, timers, parking, readModels, clock, log }: Infrastructure,
  passengers: Passengers,
  onFailure: FailurePolicy,
): ProcessManager {
  return createProcessManager({
    process: closingProcess,
    inputs: closingCodec,
    source: { categories: [FLIGHT_NOTE], codec: flightNoteCodec },
    toInput: toClosingInput,
    send: (command, context) => carryClosing(passengers, command, context),
    checkpoints: readModels.checkpoints,
    ...{ store, keys, timers, parking, onFailure, clock, log },
  });
}

/** Audit reads the whole log; nobody else needs to hear of a passenger. */
function relays({ store, bus, readModels }: Infrastructure): readonly Runnable[] {
  const feed = createFeed({
    service: 'passengers',
    store,
    codec: passengerCodec,
    out: passengerMessagesOut,
  });
  const { checkpoints } = readModels;
  return bus.offer(feed, (publish) =>
    createRelay({ feed, topics: publishedTopics, publish, checkpoints }),
  );
}
