import { expect, test } from 'vitest';
import type { AppendRequest, NewEvent } from './event-store.ts';
import { isFault } from './faults.ts';
import { assertWithinLimits, LIMITS } from './limits.ts';

const event: NewEvent = {
  id: 'e1',
  stream: 'flight-1',
  type: 'FlightDeparted',
  schema: 1,
  data: {},
  cause: { correlationId: 'c', causationId: 'c', actor: 'a' },
};
const one: AppendRequest = { events: [event], conditions: [] };

function refusal(request: AppendRequest): string {
  try {
    assertWithinLimits(request);
    return 'none';
  } catch (error) {
    return isFault(error, 'EVENT_INVALID') ? error.message : `another error: ${error}`;
  }
}

test('a request within the limits passes', () => {
  expect(refusal(one)).toBe('none');
  expect(refusal({ ...one, events: Array(LIMITS.eventsPerAppend).fill(event) })).toBe('none');
});

test('each limit has a refusal that says what was expected and what was found', () => {
  const many = Array(LIMITS.eventsPerAppend + 1).fill(event);
  expect(refusal({ ...one, events: [] })).toContain('at least one event');
  expect(refusal({ ...one, events: many })).toContain('found 1001');
  expect(refusal({ ...one, commandId: 'x'.repeat(201) })).toContain('command id');
  expect(refusal({ ...one, events: [{ ...event, stream: 'nodash' as 'a-b' }] })).toContain(
    '<category>-<id>',
  );
  expect(refusal({ ...one, events: [{ ...event, stream: 'Flight-1' }] })).toContain('<category>');
  expect(refusal({ ...one, events: [{ ...event, schema: 0 }] })).toContain('schema');
  expect(refusal({ ...one, events: [{ ...event, tags: Array(17).fill('t') }] })).toContain('16');
  expect(refusal({ ...one, events: [{ ...event, tags: [''] }] })).toContain('tag');
  expect(refusal({ ...one, events: [{ ...event, type: '' }] })).toContain('event type');
});

test('streams of conditions are checked too', () => {
  const conditions = [{ stream: 'x y-1' as const, revision: 0 }];
  expect(refusal({ ...one, conditions })).toContain('<category>');
});
