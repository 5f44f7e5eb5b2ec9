export { appendOf, newEvent, newEvents, TEST_CAUSE, uniqueId } from './event-builders.ts';
export { createFakeClock, type FakeClock } from './fake-clock.ts';
export { type Expectation, type Specification, specify } from './specify.ts';
