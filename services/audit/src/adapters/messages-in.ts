import { loggedEvent } from '@tidemark/contracts/audit';
import {
  type AppendRequest,
  assertWithinLimits,
  type BusMessage,
  type Checkpoints,
  type Clock,
  type EventStore,
  type Logger,
  type MessageBus,
  type Parking,
  toStoredJson,
} from '@tidemark/core';
import { createInbox, type FailurePolicy, type Inbox } from '@tidemark/runtime';
import { type AuditEvent, auditCodec } from '../stored.ts';

const NO_KEYS = new Map();

/**
 * Records every event of every service, once. All messages of a page go to the writer at once: it keeps
 * their order and commits them together, so audit keeps up with services that write side by side. A page that
 * fails is recorded message by message, and the stream of one that keeps failing is set aside.
 */
export function createRecorder(parts: {
  readonly store: EventStore;
  readonly bus: MessageBus;
  readonly checkpoints: Checkpoints;
  readonly parking: Parking;
  readonly onFailure: FailurePolicy;
  readonly clock: Clock;
  readonly log: Logger;
  /** Services whose events are recorded. */
  readonly services: readonly string[];
  /** Called with each page once it is stored or set aside. */
  readonly onRecorded: (messages: readonly BusMessage[]) => void;
}): Inbox {
  const { store, services, onRecorded, ...running } = parts;
  return createInbox({
    ...running,
    group: 'audit',
    topics: services.map((service) => `${service}.log`),
    handle: async (message) => {
      await store.append(requestOf(message));
    },
    handleTogether: async (messages) => {
      // What can be said against one message is said before any is stored, so that none overtakes one that fails.
      const requests = messages.map(requestOf);
      await Promise.all(requests.map((request) => store.append(request)));
    },
    onDone: onRecorded,
  });
}

/** @throws EVENT_INVALID when it breaks a limit of the store; what the contract throws for another shape. */
function requestOf(message: BusMessage): AppendRequest {
  const data = loggedEvent.parse(message.data);
  const logged: AuditEvent = { type: 'EventLogged', data };
  const event = {
    id: message.id,
    stream: `entry-${data.service}` as const,
    cause: message.cause,
    ...auditCodec.encode(logged, NO_KEYS),
  };
  const request = { commandId: message.id, events: [event], conditions: [] };
  assertWithinLimits(request);
  toStoredJson(event.data, message.id);
  return request;
}
