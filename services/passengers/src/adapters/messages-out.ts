import type { MessagesOut } from '@tidemark/runtime';
import type { PassengerEvent } from '../domain/passenger.ts';

/** Everything this service publishes: its log, sealed. */
export const publishedTopics: readonly string[] = ['passengers.log'];

/** No public message: nobody needs to hear of a passenger, the flight knows first. */
export const passengerMessagesOut: MessagesOut<PassengerEvent> = () => [];
