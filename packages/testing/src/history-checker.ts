import type { Recorded } from '@tidemark/core';
import { checkAttempts, groupAttempts } from './history-checker-appends.ts';
import type { AppendCall, HistoryCall } from './history-checker-calls.ts';
import { takeApart } from './history-checker-log.ts';
import { checkConflicts, checkOrder, learnOrder } from './history-checker-order.ts';
import { checkReads } from './history-checker-reads.ts';

/**
 * Judges what concurrent clients were told against the log at the end. Positions must be without gaps; each
 * accepted append be in it once, whole, where its answer says, and where its conditions were true, no two under one
 * command id; what was refused, not; what a conflict named must have been asked for and have been so. In time: an append
 * stands behind all that somebody knew when it was asked for, and a read saw that and nothing from later. An unknown
 * outcome may be either, but whole and in place.
 * Linear in the calls, so it decides histories of tens of thousands: positions give the order that must be found.
 *
 * @param calls Of all clients, in any order. All events of the log come from them.
 * @param log All of it, read after the last call.
 * @returns What is wrong, a sentence each; empty for a right history.
 *
 * @example
 * expect(checkHistory(calls, log)).toEqual([]);
 */
export function checkHistory(
  calls: readonly HistoryCall[],
  log: readonly Recorded[],
): readonly string[] {
  const final = takeApart(log);
  if (final.faults.length > 0) return final.faults;
  const appends: readonly AppendCall[] = calls.filter((call) => call.kind === 'append');
  const reads = calls.filter((call) => call.kind !== 'append');
  const attempts = groupAttempts(appends, final);
  const order = learnOrder(calls, attempts, final);
  return [
    ...checkAttempts(attempts, final),
    ...checkOrder(attempts, order),
    ...checkConflicts(appends, order, final),
    ...checkReads(reads, order, final),
  ];
}
