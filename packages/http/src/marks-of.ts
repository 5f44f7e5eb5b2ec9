import { newId } from '@tidemark/runtime';
import type { AnswerMarks } from './answer.ts';

/**
 * What the surface adds to an answer that no route gives: a command has its `Command-Id` also when it reached none.
 *
 * @example
 * return toResponse(notFound('resource'), marksOf(request, correlationIdOf(request.headers)));
 */
export function marksOf({ method }: Request, correlationId: string): AnswerMarks {
  const isRead = method === 'GET' || method === 'HEAD';
  return { correlationId, ...(isRead ? {} : { commandId: newId() }), head: method === 'HEAD' };
}
