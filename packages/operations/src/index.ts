export {
  createOperationsClient,
  type OperationAnswer,
  type OperationInput,
  type OperationsClient,
  OperationsError,
  type OperationsProblem,
  type ReceivedEvent,
} from './client.ts';
export { createOperations, type Operations } from './create-operations.ts';
export type { OperationsParts } from './parts.ts';
export { type OperationsRoutes, operationsRoutes } from './routes.ts';
