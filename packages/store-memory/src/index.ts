export { createMemoryEventEngine, type MemoryEventEngineOptions } from './event-engine.ts';
export { createMemoryStorage, type MemoryStorage } from './event-engine-storage.ts';
