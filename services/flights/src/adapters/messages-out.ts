import { flightsMessages } from '@tidemark/contracts/flights';
import type { JsonObject } from '@tidemark/core';
import type { MessagesOut, PublicMessage } from '@tidemark/runtime';
import { flightIdOf } from '../application/flight-stream.ts';
import type { FlightEvent } from '../domain/flight.ts';

type Topic = keyof typeof flightsMessages;

/** Everything this service publishes. */
export const flightTopics: readonly string[] = [...Object.keys(flightsMessages), 'flights.log'];

/** Which events of a flight others hear of. One key a flight: its messages stay in order. */
export const flightMessagesOut: MessagesOut<FlightEvent> = ({ stream, event }) => {
  const flightId = flightIdOf(stream);
  const publish = (topic: Topic, data: JsonObject): readonly PublicMessage[] => [
    { topic, key: flightId, data: { flightId, ...data } },
  ];
  switch (event.type) {
    case 'PassengerBoarded':
      return publish('flights.passenger-boarded.v1', { passengerId: event.data.passengerId });
    case 'PassengerReleased':
      return publish('flights.passenger-released.v1', { passengerId: event.data.passengerId });
    case 'FlightLanded':
      return publish('flights.flight-landed.v1', { passengerIds: event.data.passengerIds });
    case 'FlightDeleted':
      return publish('flights.flight-deleted.v1', { passengerIds: event.data.passengerIds });
    default:
      return [];
  }
};
