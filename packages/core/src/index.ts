export {
  type Codec,
  createCodec,
  type StoredBody,
  type StoredType,
  type StoredTypes,
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
  StoreCheck,
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
export { keepLast } from './keep-last.ts';
export type {
  ErasedList,
  ErasedPage,
  ErasedSince,
  KeySettings,
  KeyStorage,
  ListMark,
  WrappedKeys,
} from './key-storage.ts';
export { assertLogPage, assertWithinLimits, isKeepable, LIMITS, toStoredJson } from './limits.ts';
export type { Cause, JsonObject, Message, MessagesOf } from './message.ts';
export type {
  BusMessage,
  Feed,
  FeedPage,
  MessageBus,
  Publish,
  ReplayFrom,
  ReplayProgress,
  ReplayRequest,
  Subscription,
} from './message-bus.ts';
export type { ParkedItem, ParkedKey, Parking, ParkRequest } from './parking.ts';
export {
  ERASED,
  type Erased,
  type Erasure,
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
export type { HasPersonal, PersonalFields } from './personal-fields.ts';
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
  type Division,
  type Indexes,
  type ParkedChange,
  type ParkedMark,
  type ParkedRow,
  type ParkedSettlement,
  type Placed,
  type ReadModel,
  type ReadModelParking,
  type ReadModelShape,
  type ReadModelSlicing,
  type ReadModelStep,
  type RowEvents,
  type Scalar,
  type Slice,
  sliceOf,
  WHOLE,
} from './read-model.ts';
export type {
  BuildName,
  ReadModelBuilds,
  ScannedRows,
  StoredBuild,
} from './read-model-builds.ts';
export type {
  Checkpoints,
  FindRequest,
  FoundPage,
  ReadModelEngine,
  ReadModelTable,
} from './read-model-engine.ts';
export type { Snapshot, Snapshots } from './snapshots.ts';
export { type Shape, type StoredShapes, storedAs, type Upcaster } from './stored-shapes.ts';
export { categoryOf, type StreamName } from './stream-name.ts';
