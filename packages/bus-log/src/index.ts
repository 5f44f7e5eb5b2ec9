export { createLogBus } from './log-bus.ts';
