export {
  type Codec,
  createCodec,
  type StoredBody,
  type StoredType,
  type StoredTypes,
  type Upcaster,
} from './codec.ts';
export {
  type Decider,
  type Decision,
  fold,
  isRejection,
  type Rejection,
  reject,
  type View,
} from './decider.ts';
export type {
  AppendRequest,
  AppendResult,
  Condition,
  EngineCapabilities,
  EventEngine,
  EventReader,
  EventStore,
  LogPage,
  LogPageRequest,
  NewEvent,
  QueryCondition,
  Receipt,
  Recorded,
  StreamCondition,
  StreamRange,
} from './event-store.ts';
export { FAULTS, Fault, type FaultCode, isFault, isRetryable } from './faults.ts';
export type { IndexPlace } from './find-cursor.ts';
export {
  assertShape,
  checkQuestion,
  describeIndexes,
  type FindQuestion,
  scalarOf,
  type TableShape,
  writeCursor,
} from './find-question.ts';
export type { ErasedSince, KeySettings, KeyStorage, WrappedKeys } from './key-storage.ts';
export { assertWithinLimits, LIMITS, toStoredJson } from './limits.ts';
export type { Cause, JsonObject, Message, MessagesOf } from './message.ts';
export type {
  BusMessage,
  Feed,
  FeedPage,
  MessageBus,
  Publish,
  Subscription,
} from './message-bus.ts';
export {
  ERASED,
  type Erased,
  isErased,
  isSealed,
  type KeyRing,
  type Keys,
  type Opened,
  openSealed,
  type Sealed,
  type SealedData,
  type SealedMessage,
  type SubjectKey,
  subjectsIn,
} from './personal.ts';
export type {
  Clock,
  LeaseStorage,
  Leases,
  Logger,
  Runnable,
  Timer,
  Timers,
} from './ports.ts';
export type { Process, Reaction } from './process.ts';
export { type Matchable, matches, type Query, type QueryAlternative } from './query.ts';
export {
  type Checkpoints,
  type Division,
  type FindRequest,
  type FoundPage,
  type Indexes,
  type ParkedChange,
  type ParkedMark,
  type ParkedRow,
  type ParkedSettlement,
  type Placed,
  type ReadModel,
  type ReadModelEngine,
  type ReadModelParking,
  type ReadModelShape,
  type ReadModelSlicing,
  type ReadModelStep,
  type ReadModelTable,
  type Scalar,
  type Slice,
  sliceOf,
  WHOLE,
} from './read-model.ts';
export type { Snapshot, Snapshots } from './snapshots.ts';
export { categoryOf, type StreamName } from './stream-name.ts';
