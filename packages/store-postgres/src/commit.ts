import type { AppendRequest, AppendResult } from '@tidemark/core';
import { type AnsweredBatch, answerBatch, type CommitRow } from './batch-answers.ts';
import { encodeBatch } from './batch-payload.ts';
import { COMMIT_REQUEST, encodeOne, rowOfOne } from './commit-one.ts';
import { type Committer, prepareCall } from './committer.ts';
import { inSchema } from './connection.ts';
import { createKnownStreams } from './known-streams.ts';
import { isRepeatedCommand } from './postgres-faults.ts';

const COMMIT_REQUESTS = `select base, now_ms, is_known::text, sids, heads, duplicates, query_conflicts
from {schema}.commit_requests($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,
  $23,$24,$25,$26,$27,$28,$29,$30,$31,$32,$33)`;

/**
 * Batches that look for their command ids after a repeated one was met: who gets messages again gets several. A batch that
 * does not look and has a repeated one is refused by the index, leaves dead rows behind, and is sent again.
 */
const LOOK_FOR_BATCHES = 1_000;

/**
 * Makes what decides and stores batches, each by the function that is made for it.
 * @throws as `Committer`; EVENT_INVALID when a request breaks a limit of the port.
 */
export function createCommit(
  committer: Committer,
  schema: string,
): (batch: readonly AppendRequest[]) => Promise<readonly AppendResult[]> {
  const commitRequest = prepareCall(inSchema(COMMIT_REQUEST, schema));
  const commitRequests = prepareCall(inSchema(COMMIT_REQUESTS, schema));
  const known = createKnownStreams();
  let looksLeft = 0;

  const decide = async (
    batch: readonly AppendRequest[],
    looks: boolean,
  ): Promise<AnsweredBatch> => {
    const one = encodeOne(batch, { known, looks });
    if (one !== undefined) {
      const [answer] = await committer.call<[string]>(commitRequest, one.values);
      return answerBatch(batch, one.streams, rowOfOne(answer));
    }
    const { values, streams } = encodeBatch(batch, { known, looks });
    return answerBatch(batch, streams, await committer.call<CommitRow>(commitRequests, values));
  };
  const decideAgain = async (
    batch: readonly AppendRequest[],
    error: unknown,
  ): Promise<AnsweredBatch> => {
    if (!isRepeatedCommand(error)) throw error;
    looksLeft = LOOK_FOR_BATCHES;
    return await decide(batch, true);
  };

  return async (batch) => {
    const looks = looksLeft > 0;
    if (looks) looksLeft -= 1;
    const deciding = decide(batch, looks);
    const { answers, seen } = await (looks
      ? deciding
      : deciding.catch((error: unknown) => decideAgain(batch, error)));
    known.learn(seen);
    if (looks && answers.some(({ kind }) => kind === 'duplicate')) looksLeft = LOOK_FOR_BATCHES;
    return answers;
  };
}
