export { createMemoryEventEngine, type MemoryEventEngineOptions } from './event-engine.ts';
export { createMemoryStorage, type MemoryStorage } from './event-engine-storage.ts';
export { createMemoryKeyStorage } from './key-storage.ts';
export { createMemoryLeases } from './leases.ts';
export {
  createMemoryParking,
  createMemoryParkingStorage,
  type MemoryParkingStorage,
} from './parking.ts';
export {
  createMemoryReadModelStorage,
  createMemoryReadModels,
  type MemoryReadModelStorage,
} from './read-model-engine.ts';
export { createMemoryTimerStorage, createMemoryTimers, type MemoryTimerStorage } from './timers.ts';
