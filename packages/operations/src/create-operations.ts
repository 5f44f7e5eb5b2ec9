import { createHttpService, type Handlers } from '@tidemark/http';
import { tellingFaults } from './answers.ts';
import { createDoor } from './authorize.ts';
import {
  inspectParkedMessage,
  listConsumers,
  listParkedMessages,
  replayMessages,
  settleParkedMessage,
} from './consumers.ts';
import { listEvents, readStream, tailEvents } from './events.ts';
import { listServices } from './list-services.ts';
import type { OperationsParts } from './parts.ts';
import { listParkedRows, listReadModels, settleParkedRow } from './read-models.ts';
import { changeRebuild, dropBuild, getRebuild } from './rebuilds.ts';
import { type OperationsRoutes, operationsRoutes } from './routes.ts';
import { listStreams } from './streams.ts';
import { createTasks } from './tasks.ts';
import { listTimers } from './timers.ts';
import {
  beginCount,
  beginErasure,
  beginVerification,
  cancelTask,
  exportSubject,
  getTask,
  type WorkParts,
} from './work.ts';
import type { workRoutes } from './work-routes.ts';

/** What operators see and do, over HTTP. */
export interface Operations {
  /** Everything under `/operations`. Never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Cancels what operators have begun; resolves when it has ended. Before the stores are closed. */
  readonly stop: () => Promise<void>;
}

/**
 * The operators' surface of a platform: `operationsRoutes` under `/operations`, and `/operations/openapi.json`.
 * Who does not bring the token gets 401, whatever is asked.
 *
 * @example
 * const operations = createOperations({ services, health, subjects, keys, token, clock, log });
 * const gateway = createGateway({ ...parts, operations: operations.fetch });
 */
export function createOperations(parts: OperationsParts): Operations {
  const refuse = createDoor(parts.token);
  const { clock, log } = parts;
  const tasks = createTasks({ clock, log });
  const serve = createHttpService({
    service: 'operations',
    routes: operationsRoutes,
    handlers: tellingAll({ ...surveyHandlers(parts), ...workHandlers({ ...parts, tasks }) }),
    base: '/operations',
    log,
    clock,
  });
  return { fetch: async (request) => refuse(request) ?? serve(request), stop: tasks.stop };
}

type All = Handlers<OperationsRoutes>;
type Work =
  | 'retryParkedRow'
  | 'skipParkedRow'
  | 'retryParkedMessage'
  | 'skipParkedMessage'
  | keyof typeof workRoutes;

/** What is answered at once. */
function surveyHandlers(parts: OperationsParts): Omit<All, Work> {
  return {
    listServices: () => listServices(parts),
    listStreams: ({ params, query }) => listStreams(parts, params, query),
    readStream: ({ params, query }) => readStream(parts, params, query),
    listEvents: ({ params, query }) => listEvents(parts, params, query),
    tailEvents: ({ params, query, context }) => tailEvents(parts, { ...params, context }, query),
    listReadModels: ({ params }) => listReadModels(parts, params),
    listParkedRows: ({ params, query }) => listParkedRows(parts, params, query),
    getRebuild: ({ params }) => getRebuild(parts, params),
    changeRebuild: ({ params }) => changeRebuild(parts, params),
    dropBuild: ({ params }) => dropBuild(parts, params),
    listConsumers: ({ params }) => listConsumers(parts, params),
    listParkedMessages: ({ params, query }) => listParkedMessages(parts, params, query),
    inspectParkedMessage: ({ params, query }) => inspectParkedMessage(parts, params, query.key),
    replayMessages: ({ params, body }) => replayMessages(parts, params, body),
    listTimers: ({ params, query }) => listTimers(parts, params, query),
  };
}

/** What may take longer than a request. */
function workHandlers(parts: WorkParts): Pick<All, Work> {
  const { tasks } = parts;
  return {
    retryParkedRow: ({ params, body }) => settleParkedRow(parts, params, body),
    skipParkedRow: ({ params, body: { key, eventId } }) =>
      settleParkedRow(parts, params, { key, skip: eventId }),
    retryParkedMessage: ({ params, body }) => settleParkedMessage(parts, params, body),
    skipParkedMessage: ({ params, body: { key, id } }) =>
      settleParkedMessage(parts, params, { key, skip: id }),
    verifyLog: async ({ params }) => beginVerification(parts, params),
    countHoldings: async ({ body }) => beginCount(parts, body.subject),
    eraseSubject: async ({ body }) => beginErasure(parts, body.subject),
    exportSubject: async ({ body, context }) => exportSubject(parts, body.subject, context.signal),
    listTasks: async () => ({ status: 200, body: { items: tasks.list() } }),
    getTask: async ({ params }) => getTask(parts, params.id),
    cancelTask: async ({ params }) => cancelTask(parts, params.id),
  };
}

function tellingAll(handlers: All): All {
  return Object.fromEntries(
    Object.entries(handlers).map(([operation, handle]) => [
      operation,
      tellingFaults(handle as (input: never) => ReturnType<typeof handle>),
    ]),
  ) as All;
}
