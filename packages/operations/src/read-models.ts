import { isFault, type ParkedRow } from '@tidemark/core';
import type { Answer } from '@tidemark/http';
import type { OperableReadModel } from '@tidemark/runtime';
import { readModelOf, serviceOf } from './answers.ts';
import type { OperationsParts } from './parts.ts';
import { answerSoon, type WorkParts } from './work.ts';

/** Counting more would cost more than the figure is worth. */
const MOST_PARKED = 1_000;

interface Place {
  readonly service: string;
  readonly readModel: string;
}

/** All read models of a service. */
export async function listReadModels(
  parts: OperationsParts,
  at: { readonly service: string },
): Promise<Answer> {
  const { store, readModels } = serviceOf(parts, at.service);
  const head = await store.head();
  const items = await Promise.all(readModels.map((readModel) => describe(readModel, head)));
  return { status: 200, body: { items } };
}

async function describe(readModel: OperableReadModel, head: bigint): Promise<object> {
  const { name, version, parked } = readModel;
  const checkpoint = await readModel.checkpoint();
  const lag = checkpoint < head ? Number(head - checkpoint) : 0;
  const rows = await parked.list(MOST_PARKED);
  const rebuild = await rebuildStateOf(readModel);
  return { name, version, checkpoint: String(checkpoint), lag, parked: rows.length, ...rebuild };
}

/** Nothing of an engine that keeps one build only. */
async function rebuildStateOf({ rebuild }: OperableReadModel): Promise<object> {
  try {
    return { rebuild: (await rebuild.status()).state };
  } catch (error) {
    if (isFault(error, 'CAPABILITY_MISSING')) return {};
    throw error;
  }
}

/** Rows that were set aside, in key order. */
export async function listParkedRows(
  parts: OperationsParts,
  at: Place,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<Answer> {
  const rows = await readModelOf(parts, at).parked.list(limit, after);
  const last = rows.length === limit ? rows.at(-1) : undefined;
  const next = last === undefined ? {} : { next: last.key };
  return { status: 200, body: { items: rows.map(parkedBody), ...next } };
}

/** Folds a row again, with or without the event that failed. */
export async function settleParkedRow(
  parts: OperationsParts & Pick<WorkParts, 'tasks'>,
  at: Place,
  { key, skip }: { readonly key: string; readonly skip?: string },
): Promise<Answer> {
  const { parked } = readModelOf(parts, at);
  const subject = `${at.service}/${at.readModel}: ${key}`;
  const kind = `${skip === undefined ? 'retry' : 'skip'} of a parked row`;
  return answerSoon(parts, { kind, subject }, async () => {
    const still = skip === undefined ? await parked.retry(key) : await parked.skip(key, skip);
    return still === undefined ? {} : { parked: parkedBody(still) };
  });
}

function parkedBody({ position, ...row }: ParkedRow): object {
  return { ...row, position: String(position) };
}
