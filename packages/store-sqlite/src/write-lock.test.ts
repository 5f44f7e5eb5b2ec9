import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConnectionPair, openConnectionPair } from '../test/connection-pair.ts';
import { readPragma } from './open-sqlite.ts';
import { beginWriting } from './write-lock.ts';

let pair: ConnectionPair;
let mine: ConnectionPair['mine'];
let other: ConnectionPair['other'];

beforeEach(async () => {
  pair = await openConnectionPair();
  ({ mine, other } = pair);
});
afterEach(() => pair.close());

const isBusy = expect.objectContaining({ message: 'database is locked' });

describe('who begins to write', () => {
  test('has the lock at once where nobody else has it', () => {
    const meanwhile = () => {
      throw new Error('did not wait');
    };
    beginWriting(mine, { meanwhile });
    expect(() => beginWriting(other, { forMs: 0 })).toThrow(isBusy);
    mine.exec('COMMIT');
  });

  test('waits while another writes, and can do something in the meantime', () => {
    other.exec('BEGIN IMMEDIATE');
    let tries = 0;
    const meanwhile = () => {
      tries += 1;
      expect(readPragma(mine, 'busy_timeout')).toBe(10_000);
      if (tries === 3) other.exec('COMMIT');
    };
    beginWriting(mine, { meanwhile });
    expect(tries).toBe(3);
    mine.exec('COMMIT');
  });

  test('gives up in the end, and leaves the connection as it was', () => {
    other.exec('BEGIN IMMEDIATE');
    expect(() => beginWriting(mine, { forMs: 2 })).toThrow(isBusy);
    expect(readPragma(mine, 'busy_timeout')).toBe(10_000);
    other.exec('COMMIT');
    mine.exec('BEGIN IMMEDIATE; COMMIT');
  });

  test('hears of what went wrong in the meantime', () => {
    other.exec('BEGIN IMMEDIATE');
    const meanwhile = () => {
      throw new Error('the log is damaged');
    };
    expect(() => beginWriting(mine, { meanwhile })).toThrow('the log is damaged');
    expect(readPragma(mine, 'busy_timeout')).toBe(10_000);
    other.exec('COMMIT');
  });
});
