import { describe, expect, test } from 'vitest';
import { settledToast } from './settled.ts';

describe('what is said when something parked was handed over again', () => {
  test('it goes on, is parked again, or takes longer', () => {
    expect(settledToast('seat-1', {})).toMatchObject({ tone: 'success' });
    const again = settledToast('seat-1', { parked: { error: 'the flight is gone' } });
    expect(again.tone).toBe('error');
    expect(again.text).toContain('parked again');
    const task = { id: 't', kind: 'retry', subject: 'seat-1', startedAt: '2026-11-21T08:00:00Z' };
    expect(settledToast('seat-1', { ...task, state: 'running' })).toMatchObject({ tone: 'info' });
  });
});
