import { isFault } from '@tidemark/core';

const MAX_CAUSES = 4;

/** An error in one line for a log: fault codes, messages and what caused them, no stack. */
export function describeError(error: unknown): string {
  const lines: string[] = [];
  let current: unknown = error;
  while (current !== undefined && lines.length < MAX_CAUSES) {
    const code = isFault(current) ? `${current.code}: ` : '';
    lines.push(current instanceof Error ? `${code}${current.message}` : String(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines.join(' <- ');
}
