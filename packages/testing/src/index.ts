export { busCases, busContract } from './bus-contract.ts';
export {
  type BusCase,
  type BusSubject,
  type Collector,
  createCollector,
  createGate,
  createRunning,
  createTestCheckpoints,
  createTestPublisher,
  messageOf,
  type Running,
  type TestPublisher,
  whileRunning,
} from './bus-contract-case.ts';
export { appendOf, newEvent, newEvents, TEST_CAUSE, uniqueId } from './event-builders.ts';
export { eventEngineCases, eventEngineContract } from './event-engine-contract.ts';
export type { EventEngineCase, EventEngineSubject } from './event-engine-contract-case.ts';
export { createFakeClock, type FakeClock } from './fake-clock.ts';
export { checkHistory } from './history-checker.ts';
export {
  type AppendCall,
  type HistoryCall,
  type RecordedStore,
  readCall,
  recordCalls,
  writeCall,
} from './history-checker-calls.ts';
export { actRandomly, type RandomClient } from './history-checker-clients.ts';
export { countOutcomes, followLog, readAll, type Tail } from './history-checker-tail.ts';
export { keptBySignal } from './kept-by-signal.ts';
export { keysCases, keysContract } from './keys-contract.ts';
export type { KeysCase, KeysSubject } from './keys-contract-case.ts';
export { leasesCases, leasesContract } from './leases-contract.ts';
export type { LeasesCase, LeasesSubject } from './leases-contract-case.ts';
export { parkingCases, parkingContract } from './parking-contract.ts';
export type { ParkingCase, ParkingSubject } from './parking-contract-case.ts';
export {
  type CrashablePostgres,
  type PostgresServer,
  startOwnPostgres,
  startPostgres,
} from './postgres-server.ts';
export { readModelCases, readModelContract } from './read-model-contract.ts';
export type { ReadModelCase, ReadModelSubject } from './read-model-contract-case.ts';
export type { Contract, ContractCase } from './register-contract.ts';
export { type Expectation, type Specification, specify } from './specify.ts';
export { runStoreModel, type StoreModelCounts, type StoreModelRun } from './store-model.ts';
export { createRandom, modelSeeds, type Random } from './store-model-random.ts';
export { type ReadModelRun, runReadModelModel } from './store-model-read-models.ts';
export { timersCases, timersContract } from './timers-contract.ts';
export type { TimersCase, TimersSubject } from './timers-contract-case.ts';
