export { causedBy } from './cause.ts';
export { createSystemClock } from './clock.ts';
export type {
  Aggregate,
  CommandContext,
  CommandHandler,
  CommandOutcome,
  Loaded,
} from './command.ts';
export { createErasedList } from './erased-list.ts';
export { createEventStore } from './event-store.ts';
export { createFeed, type MessagesOut, type PublicMessage } from './feed.ts';
export { createCommandHandler } from './handle-command.ts';
export { type HistoryPage, openPersonal, readHistory } from './history.ts';
export { deriveId, newId } from './ids.ts';
export { createInbox, type Inbox } from './inbox.ts';
export { createKeys, type KeysOptions } from './keys.ts';
export { loadOrCreateSecret } from './keys-secret.ts';
export { createLaneReader, type LaneWork } from './lane-reader.ts';
export { createLeases } from './leases.ts';
export { loadAsOf } from './load-as-of.ts';
export { createMemoryKeys } from './memory-keys.ts';
export type { Moment } from './moment.ts';
export { type LiveReadModel, openReadModel } from './open-read-model.ts';
export type {
  ConsumerCheckpoint,
  InspectedMessage,
  OperableConsumer,
  OperableReadModel,
  ParkedMessage,
  ParkedMessages,
  Replays,
  ServiceOperations,
} from './operations.ts';
export type { ParkedRows } from './parked-rows.ts';
export { createProcessManager, type ProcessManager } from './process-manager.ts';
export type {
  BuildComparison,
  BuildDifference,
  KeptBuild,
  Rebuild,
  RebuildProgress,
  RebuildRefusal,
  RebuildStatus,
} from './rebuild.ts';
export { createRelay } from './relay.ts';
export type { FailurePolicy } from './retry.ts';
export type { Fetch, Infrastructure, RequestEnv, Service } from './service.ts';
export type { SnapshotOptions } from './stream-snapshots.ts';
export { createSubjectOperations, exportDocument } from './subject-operations.ts';
export type { SearchedService } from './subject-search.ts';
export type {
  ErasureReport,
  SealedField,
  SubjectHoldings,
  SubjectOperations,
  SubjectProgress,
  SubjectRecord,
  SubjectSearch,
} from './subjects.ts';
export { type RunnableHealth, supervise } from './supervise.ts';
