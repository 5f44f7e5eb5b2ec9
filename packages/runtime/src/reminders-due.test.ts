import { expect, test } from 'vitest';
import { lateInputs, lateProcess } from '../test/late-process.ts';
import { createMemoryKeys } from './memory-keys.ts';
import { type ReminderRequest, toTimer } from './reminders.ts';

const keys = createMemoryKeys();

function timerAfter(afterMs: number) {
  const request: ReminderRequest<Parameters<typeof lateProcess.correlate>[0]> = {
    ...{ instance: '1', sourceId: 'event-1', place: 0, afterMs, recordedAtMs: 0 },
    input: { type: 'Late', data: { counter: '1', by: 1, name: 'Ada' } },
    cause: { correlationId: 'correlation-1', causationId: 'event-1', actor: 'late' },
  };
  return toTimer({ process: lateProcess, inputs: lateInputs, keys }, request);
}

test('a reminder is due at a time that a date can tell, or refused', async () => {
  for (const afterMs of [0, 0.5, -1, 8.64e15, -8.64e15]) {
    const timer = await timerAfter(afterMs);
    expect(new Date(timer?.dueAtMs ?? Number.NaN).getTime()).toBe(Math.ceil(afterMs));
  }
  for (const afterMs of [8.65e15, -8.65e15, Number.NaN, Number.POSITIVE_INFINITY]) {
    await expect(timerAfter(afterMs)).rejects.toMatchObject({ code: 'EVENT_INVALID' });
  }
});
