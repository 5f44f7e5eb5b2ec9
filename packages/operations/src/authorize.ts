import { createHash, timingSafeEqual } from 'node:crypto';
import { correlationIdOf, marksOf, problem, toResponse } from '@tidemark/http';

/** Asks each request for `Authorization: Bearer <token>`; a 401 problem for one without it, else nothing. */
export function createDoor(token: string): (request: Request) => Response | undefined {
  // Hashes have equal length, so the comparison takes as long for a wrong token as for the right one.
  const expected = digest(`Bearer ${token}`);
  return (request) => {
    const brought = digest(request.headers.get('authorization') ?? '');
    if (timingSafeEqual(brought, expected)) return undefined;
    const answer = problem({
      status: 401,
      type: 'operator-token-required',
      title: 'Operators bring their token as Authorization: Bearer',
      headers: { 'www-authenticate': 'Bearer realm="operations"' },
    });
    return toResponse(answer, marksOf(request, correlationIdOf(request.headers)));
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
