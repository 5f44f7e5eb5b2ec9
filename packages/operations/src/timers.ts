import type { Timer } from '@tidemark/core';
import type { Answer } from '@tidemark/http';
import { serviceOf } from './answers.ts';
import type { OperationsParts } from './parts.ts';

/** Later than any timer is due. */
const EVER_MS = 8_640_000_000_000_000;

/** Reminders that wait: of one process earliest first, of all in the order of their ids, page by page. */
export async function listTimers(
  parts: OperationsParts,
  at: { readonly service: string },
  asked: {
    readonly owner?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<Answer> {
  const { timers } = serviceOf(parts, at.service);
  const { owner, after, limit } = asked;
  if (owner !== undefined) {
    const found = await timers.due({ owner, nowMs: EVER_MS, limit });
    return { status: 200, body: { items: found.map(timerBody) } };
  }
  const found = await timers.list(limit, after);
  const last = found.length === limit ? found.at(-1) : undefined;
  const next = last === undefined ? {} : { next: last.id };
  return { status: 200, body: { items: found.map(timerBody), ...next } };
}

function timerBody({ id, owner, dueAtMs, input }: Timer): object {
  return { id, owner, dueAt: new Date(dueAtMs).toISOString(), input };
}
