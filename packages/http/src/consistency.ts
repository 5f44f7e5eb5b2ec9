import type { Answer } from './answer.ts';
import type { HttpContext } from './http-context.ts';
import { problem } from './problems.ts';

/** How long a query without a token waits for what is already in the log. */
const FRESH_WITHIN_MS = 250;

/** What decides whether a read model may answer. */
export interface ConsistencyParts {
  /** The service whose tokens count here. */
  readonly service: string;
  readonly context: HttpContext;
  /** Position of the last event of the service's log. */
  readonly head: () => Promise<bigint>;
  readonly readModel: {
    readonly reached: (position: bigint, signal: AbortSignal) => Promise<boolean>;
    readonly checkpoint: () => Promise<bigint>;
  };
}

/**
 * Waits until a read model may answer: with a token for this service until it is reached, else 503
 * `read-model-behind`; without one up to the log's present head, for at most 250 ms. `undefined` when it may.
 *
 * @example
 * const behind = await awaitConsistency({ service, context, head: store.head, readModel });
 * if (behind !== undefined) return behind;
 */
export async function awaitConsistency(parts: ConsistencyParts): Promise<Answer | undefined> {
  const { service, context, readModel } = parts;
  const wanted = context.consistency.get(service);
  if (wanted === undefined) {
    await catchUp(parts);
    return undefined;
  }
  if (await readModel.reached(wanted, context.signal)) return undefined;
  const checkpoint = await readModel.checkpoint();
  return problem({
    status: 503,
    type: 'read-model-behind',
    title: 'The read model has not come as far as the query asks',
    extensions: { wanted: String(wanted), checkpoint: String(checkpoint) },
    headers: { 'retry-after': '1' },
  });
}

async function catchUp({ context, head, readModel }: ConsistencyParts): Promise<void> {
  const enough = new AbortController();
  const stop = (): void => enough.abort();
  const timer = setTimeout(stop, FRESH_WITHIN_MS);
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    await readModel.reached(await head(), enough.signal);
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener('abort', stop);
  }
}
