import { isFault } from '@tidemark/core';
import type { Answer } from '@tidemark/http';
import type { OperationsParts } from './parts.ts';

/** All services. One whose log cannot be read does not hide the others. */
export async function listServices(parts: OperationsParts): Promise<Answer> {
  const items = await Promise.all(
    [...parts.services].map(async ([name, { store, readModels, consumers }]) => ({
      name,
      ...(await headOf(store.head)),
      readModels: readModels.length,
      consumers: consumers.length,
      runnables: parts.health(name),
    })),
  );
  return { status: 200, body: { items } };
}

async function headOf(head: () => Promise<bigint>): Promise<object> {
  try {
    return { head: String(await head()) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { fault: { code: error.code, message: error.message } };
  }
}
