/**
 * Where a stream of events goes on that was asked to resume behind a position: there, or at the head of the log when
 * no position was named, or one that the log has not come to, as after an old copy was put back.
 *
 * @example
 * const after = resumeAt(context.lastEventId ?? query.after, await store.head());
 */
export function resumeAt(asked: string | undefined, head: bigint): bigint {
  if (asked === undefined || !/^[0-9]{1,19}$/.test(asked)) return head;
  const position = BigInt(asked);
  return position < head ? position : head;
}
