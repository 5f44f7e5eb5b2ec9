import { loggedEvent } from '@tidemark/contracts/audit';
import type { BusMessage, Checkpoints, EventStore, MessageBus, Runnable } from '@tidemark/core';
import { type AuditEvent, auditCodec } from '../stored.ts';

const NO_KEYS = new Map();

/**
 * Records every event of every service, once. All messages of a page go to the writer at once: it keeps
 * their order and commits them together, so audit keeps up with services that write side by side.
 */
export function createRecorder(parts: {
  readonly store: EventStore;
  readonly bus: MessageBus;
  readonly checkpoints: Checkpoints;
  /** Services whose events are recorded. */
  readonly services: readonly string[];
  /** Called with each page once it is stored. */
  readonly onRecorded: (messages: readonly BusMessage[]) => void;
}): Runnable {
  return parts.bus.consume({
    group: 'audit',
    topics: parts.services.map((service) => `${service}.log`),
    checkpoints: parts.checkpoints,
    handle: async (messages) => {
      await Promise.all(messages.map((message) => record(parts.store, message)));
      parts.onRecorded(messages);
    },
  });
}

async function record(store: EventStore, message: BusMessage): Promise<void> {
  const data = loggedEvent.parse(message.data);
  const event: AuditEvent = { type: 'EventLogged', data };
  await store.append({
    commandId: message.id,
    events: [
      {
        ...auditCodec.encode(event, NO_KEYS),
        id: message.id,
        stream: `entry-${data.service}`,
        cause: message.cause,
      },
    ],
    conditions: [],
  });
}
