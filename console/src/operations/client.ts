import createClient from 'openapi-fetch';
import type { paths } from '../api/operations-schema';
import { operatorToken, refuseToken } from './operator-token.ts';

const SCHEME = 'Bearer ';

/**
 * The operators' routes of this origin, typed by their OpenAPI document. They alone are brought the token: in a
 * header, never in an address, and a redirect is an error, so that it cannot be carried elsewhere.
 */
export const operations = createClient<paths>({
  baseUrl: `${window.location.origin}/operations`,
  redirect: 'error',
  cache: 'no-store',
});

operations.use({
  onRequest: ({ request }) => {
    const token = operatorToken();
    // A token that is tried is in its place already.
    if (token !== undefined && !request.headers.has('authorization')) {
      request.headers.set('authorization', bearer(token));
    }
    return request;
  },
  onResponse: ({ request, response }) => {
    const brought = request.headers.get('authorization');
    if (response.status === 401 && brought !== null) refuseToken(brought.slice(SCHEME.length));
  },
});

/** How a token is brought. */
export function bearer(token: string): string {
  return SCHEME + token;
}
