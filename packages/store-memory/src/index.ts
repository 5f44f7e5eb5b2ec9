export { createMemoryEventEngine, type MemoryEventEngineOptions } from './event-engine.ts';
export { createMemoryStorage, type MemoryStorage } from './event-engine-storage.ts';
export { createMemoryKeyStorage, createMemoryKeys, type MemoryKeyStorage } from './keys.ts';
export {
  createMemoryReadModelStorage,
  createMemoryReadModels,
  type MemoryReadModelStorage,
} from './read-model-engine.ts';
