import { existsSync } from 'node:fs';
import { Fault, isFault } from '@tidemark/core';
import { describe, expect, test } from 'vitest';
import { createLogger, type LoggerOptions } from './index.ts';

function collect(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLogger({ level: 'debug', ...options, destination }) };
}

describe('a logger', () => {
  test('writes one line of JSON with time, level, message and fields', () => {
    const { lines, log } = collect();
    log.info('caught up', { position: 41n, readModel: 'flights' });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: 'info',
      message: 'caught up',
      position: '41',
      readModel: 'flights',
    });
  });

  test('redacts what is named like a secret or a person, at every depth', () => {
    const { lines, log } = collect();
    log.with({ serviceToken: 's1' }).warn('odd', {
      password: 's2',
      headers: { Authorization: 's3', cookie: 's4' },
      passengers: [{ name: 's5', passengerName: 's6', full_name: 's7' }],
      hostname: 'shown',
      error: new Fault('STORE_FULL', 'no space', { facts: { keysSecret: 's8' } }),
    });
    expect(lines[0]).not.toMatch(/"s\d"/);
    expect(lines[0]).toContain('"hostname":"shown"');
  });

  test('keeps the fields of with on every line and drops lines below its level', () => {
    const { lines, log } = collect({ level: 'warn' });
    const child = log.with({ service: 'flights' });
    child.info('not written');
    child.error('written');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ service: 'flights', level: 'error' });
  });

  test('shows the code and the cause of an error', () => {
    const { lines, log } = collect();
    const cause = new Error('disk gone');
    log.error('failed', { error: new Fault('STORE_UNAVAILABLE', 'no answer', { cause }) });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      error: { type: 'Fault', code: 'STORE_UNAVAILABLE', cause: { message: 'disk gone' } },
    });
  });

  test('writes lines for people when asked to', () => {
    const { lines, log } = collect({ pretty: true });
    log.warn('slow answer', { tookMs: 12, route: 'two words' });
    expect(lines[0]).toMatch(/^[\d:.]{12} WARN {2}slow answer tookMs=12 route="two words"\n$/);
  });

  test.skipIf(!existsSync('/dev/full'))('throws at nobody when its disk is full', () => {
    const log = createLogger({ level: 'info', destination: '/dev/full' });
    const write = () => log.info('a line that finds no room', { text: 'x'.repeat(10_000) });
    for (let line = 0; line < 200; line += 1) expect(write).not.toThrow();
  });

  test('refuses a level that does not exist', () => {
    const make = () => createLogger({ level: 'loud' });
    expect(make).toThrow(/debug, info, warn, error, silent/);
    try {
      make();
    } catch (error) {
      expect(isFault(error, 'CONFIGURATION_INVALID')).toBe(true);
    }
  });
});
