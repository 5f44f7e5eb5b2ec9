import type { operations } from '../api/operations-schema';

type Ok<Operation extends keyof operations> = operations[Operation] extends {
  readonly responses: {
    readonly 200: { readonly content: { readonly 'application/json': infer Body } };
  };
}
  ? Body
  : never;
type Item<Operation extends keyof operations> =
  Ok<Operation> extends { readonly items: readonly (infer One)[] } ? One : never;

export type OperatedService = Item<'listServices'>;
export type Runnable = OperatedService['runnables'][number];
export type ReadModel = Item<'listReadModels'>;
export type RebuildStatus = Ok<'getRebuild'>;
export type Build = RebuildStatus['builds'][number];
export type RebuildStep = operations['changeRebuild']['parameters']['path']['step'];
export type Consumer = Item<'listConsumers'>;
export type ParkedRow = Item<'listParkedRows'>;
export type ParkedMessage = Item<'listParkedMessages'>;
export type Timer = Item<'listTimers'>;
export type StoredEvent = Item<'readStream'>;
export type Task = Ok<'getTask'>;
