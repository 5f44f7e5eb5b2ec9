import createClient from 'openapi-fetch';
import type { paths } from './schema';

/** The gateway's API, typed by its OpenAPI document. */
export const api = createClient<paths>({ baseUrl: `${window.location.origin}/api` });
