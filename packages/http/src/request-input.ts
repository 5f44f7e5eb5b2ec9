import type { ZodObject } from 'zod';
import type { RouteContract } from './contract.ts';
import { type FieldError, invalidRequest } from './problems.ts';
import { brokenBody, isStorable, type Read, readJsonBody, refuseBody } from './read-body.ts';

/** The validated parts of a request, and its body as it came (for the fingerprint). */
export interface RequestInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly rawBody: unknown;
}

/** What is checked: the request, its route, and the values the router took out of the path. */
export interface InputParts {
  readonly request: Request;
  readonly url: URL;
  readonly route: RouteContract;
  readonly params: Readonly<Record<string, string>>;
  /** What was already found wrong with the headers. */
  readonly errors: readonly FieldError[];
}

type Place = FieldError['in'];
const MAX_NAME_CHARS = 100;

/** Reads and validates all parts of a request; answers everything that is wrong at once. */
export async function readInput(parts: InputParts): Promise<Read<RequestInput>> {
  const { request, route } = parts;
  const raw = await readRawBody(request, route);
  if ('refused' in raw) return raw;
  const errors: FieldError[] = [...parts.errors];
  const params = check(route.params, { place: 'path', value: parts.params, errors });
  const query = check(route.query, {
    place: 'query',
    value: readQuery(parts.url, errors),
    errors,
  });
  const body = check(route.body, { place: 'body', value: raw.value, errors });
  if (errors.length > 0) return { refused: invalidRequest(errors) };
  return { value: { params, query, body, rawBody: raw.value } };
}

async function readRawBody(request: Request, route: RouteContract): Promise<Read<unknown>> {
  try {
    if (route.body !== undefined) return await readJsonBody(request);
    const refused = await refuseBody(request);
    return refused === undefined ? { value: undefined } : { refused };
  } catch {
    // The client has gone, or what it sends is no HTTP any more: no defect of ours.
    return { refused: brokenBody() };
  }
}

/** A null prototype: no name that a client sends can reach one. */
function readQuery(url: URL, errors: FieldError[]): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of url.searchParams) {
    const path = name.slice(0, MAX_NAME_CHARS);
    if (name in query) errors.push({ in: 'query', path, message: 'is given more than once' });
    if (!isStorable(name + value)) {
      errors.push({ in: 'query', path, message: 'is not well-formed text' });
    }
    query[name] = value;
  }
  return query;
}

interface Checked {
  readonly place: Place;
  readonly value: unknown;
  readonly errors: FieldError[];
}

function check(schema: ZodObject | undefined, checked: Checked): unknown {
  if (schema === undefined) {
    refuseAll(checked);
    return undefined;
  }
  const parsed = schema.safeParse(checked.value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) unknownName(checked, [...issue.path, key].join('.'));
      continue;
    }
    checked.errors.push({
      in: checked.place,
      path: issue.path.join('.').slice(0, MAX_NAME_CHARS),
      message: issue.message,
    });
  }
  return undefined;
}

/** A route that declares no such part takes nothing there. */
function refuseAll(checked: Checked): void {
  if (typeof checked.value !== 'object' || checked.value === null) return;
  for (const name of Object.keys(checked.value)) unknownName(checked, name);
}

function unknownName(checked: Checked, name: string): void {
  checked.errors.push({
    in: checked.place,
    path: name.slice(0, MAX_NAME_CHARS),
    message: 'is not known here',
  });
}
