import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConnectionPair, openConnectionPair } from '../test/connection-pair.ts';
import { inTransaction } from './transactions.ts';

let pair: ConnectionPair;
let mine: ConnectionPair['mine'];
let other: ConnectionPair['other'];

beforeEach(async () => {
  pair = await openConnectionPair();
  ({ mine, other } = pair);
});
afterEach(() => pair.close());

const isUnavailable = expect.objectContaining({ code: 'STORE_UNAVAILABLE' });

describe('a transaction', () => {
  test('stores nothing when its work throws, and leaves the file usable', () => {
    mine.exec('CREATE TABLE t (a INTEGER) STRICT');
    const work = () => {
      mine.exec('INSERT INTO t VALUES (1)');
      throw new Error('changed my mind');
    };
    expect(() => inTransaction(mine, work)).toThrow('changed my mind');
    expect(mine.prepare('SELECT * FROM t').all()).toEqual([]);
    expect(inTransaction(mine, () => 'done')).toBe('done');
  });

  test('held up by another process for too long is the fault STORE_UNAVAILABLE', () => {
    inTransaction(other, () => {
      expect(() => inTransaction(mine, () => 1, { forMs: 1 })).toThrow(isUnavailable);
    });
    expect(inTransaction(mine, () => 1)).toBe(1);
  });

  test('held up by another process does not give up sooner because signals wake it', async () => {
    const ignore = () => {};
    process.on('SIGUSR2', ignore);
    other.exec('BEGIN IMMEDIATE');
    // Not more of them: libuv keeps some 4,096, and what comes on top is lost, the end of the sender too.
    const sender = spawn('sh', ['-c', `while kill -s USR2 ${process.pid}; do sleep 0.001; done`]);
    const sinceMs = performance.now();
    expect(() => inTransaction(mine, () => 1, { forMs: 1_000 })).toThrow(isUnavailable);
    expect(performance.now() - sinceMs).toBeGreaterThanOrEqual(1_000);
    sender.kill('SIGKILL');
    other.exec('COMMIT');
    await once(sender, 'close');
    process.off('SIGUSR2', ignore);
  });
});
