import type {
  AppendRequest,
  AppendResult,
  EventEngine,
  EventReader,
  Recorded,
  StreamName,
} from '@tidemark/core';

/** Keeps what was given to `commit`, batch by batch. */
export function recordingEngine(engine: EventEngine): {
  readonly engine: EventEngine;
  readonly batches: (readonly AppendRequest[])[];
} {
  const batches: (readonly AppendRequest[])[] = [];
  const commit = (batch: readonly AppendRequest[]): Promise<readonly AppendResult[]> => {
    batches.push(batch);
    return engine.commit(batch);
  };
  return { engine: { ...engine, commit }, batches };
}

/** Asks `fail` before or after each commit; what it throws is what the commit rejects with. */
export function failingEngine(
  engine: EventEngine,
  fail: { readonly before?: (commits: number) => void; readonly after?: (commits: number) => void },
): EventEngine {
  let commits = 0;
  const commit = async (batch: readonly AppendRequest[]): Promise<readonly AppendResult[]> => {
    commits += 1;
    const mine = commits;
    fail.before?.(mine);
    const results = await engine.commit(batch);
    fail.after?.(mine);
    return results;
  };
  return { ...engine, commit };
}

/** All events of a stream. */
export async function readAll(
  reader: Pick<EventReader, 'readStream'>,
  stream: StreamName,
): Promise<readonly Recorded[]> {
  const found: Recorded[] = [];
  for await (const page of reader.readStream(stream)) found.push(...page);
  return found;
}
