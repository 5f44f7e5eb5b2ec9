import { Fault } from '@tidemark/core';
import { z } from 'zod';
import type { AnswerContract, RouteContract, Routes } from './contract.ts';
import { COMPONENTS, HEADERS, PARAMETERS, PROBLEMS } from './open-api-components.ts';

/** What a document is made of. */
export interface OpenApiParts {
  readonly title: string;
  readonly version: string;
  readonly services: readonly { readonly service: string; readonly routes: Routes }[];
  /** What stands before all paths. Default `/api`. */
  readonly base?: string;
}

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * An OpenAPI 3.1 document of some services' routes. Operation ids are the names of the operations, so
 * that generated clients stay the same when paths change.
 *
 * @throws CONFIGURATION_INVALID when two services name an operation, or serve a path, alike.
 * @example
 * const document = openApi({ title: 'Counters', version: '1.0.0', services: [{ service: 'counters', routes }] });
 */
export function openApi(parts: OpenApiParts): object {
  const operations = new Set<string>();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { service, routes } of parts.services) {
    for (const [operation, route] of Object.entries(routes)) {
      const path = paths[route.path] ?? {};
      const method = route.method.toLowerCase();
      if (operations.has(operation) || method in path) throw takenTwice(operation, route);
      operations.add(operation);
      path[method] = describeOperation({ service, operation, route });
      paths[route.path] = path;
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: parts.title, version: parts.version },
    servers: [{ url: parts.base ?? '/api' }],
    tags: parts.services.map(({ service }) => ({ name: service })),
    paths,
    components: COMPONENTS,
  };
}

function takenTwice(operation: string, route: RouteContract): Fault {
  return new Fault(
    'CONFIGURATION_INVALID',
    `${operation} (${route.method} ${route.path}): this name or path is taken`,
  );
}

function describeOperation(parts: {
  readonly service: string;
  readonly operation: string;
  readonly route: RouteContract;
}): object {
  const { service, operation, route } = parts;
  return {
    operationId: operation,
    summary: route.summary,
    tags: [service],
    'x-right': route.right,
    parameters: [
      ...fieldsOf(route.params, 'path'),
      ...fieldsOf(route.query, 'query'),
      ...headersFor(route).map(reference('parameters')),
    ],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }),
    responses: { ...answersOf(route), ...problemsOf(route) },
  };
}

function headersFor(route: RouteContract): readonly string[] {
  if (route.streams === true) return PARAMETERS.stream;
  return route.method === 'GET' ? PARAMETERS.read : PARAMETERS.write;
}

function reference(kind: string): (name: string) => object {
  return (name) => ({ $ref: `#/components/${kind}/${name}` });
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

/** One parameter for each field of a schema. */
function fieldsOf(schema: z.ZodObject | undefined, place: 'path' | 'query'): readonly object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, field]) => {
    const { description, ...rest } = field as JsonSchema;
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function answersOf(route: RouteContract): Record<string, object> {
  const headers = route.method === 'GET' ? HEADERS.read : HEADERS.write;
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, answer]: [string, AnswerContract]) => [
      status,
      {
        description: answer.description,
        headers: Object.fromEntries(headers.map((name) => [name, reference('headers')(name)])),
        ...contentOf(route, answer),
      },
    ]),
  );
}

function contentOf(route: RouteContract, answer: AnswerContract): object {
  if (answer.body === undefined) return {};
  const type = route.streams === true ? 'text/event-stream' : 'application/json';
  return { content: { [type]: { schema: schemaOf(answer.body, 'output') } } };
}

/** The problems of all routes, and the noes of this one. */
function problemsOf(route: RouteContract): Record<string, object> {
  const { read, write, withBody } = PROBLEMS;
  const applying = {
    ...read,
    ...(route.method === 'GET' ? {} : write),
    ...(route.body === undefined ? {} : withBody),
  };
  const rejections = route.rejections ?? [];
  return Object.fromEntries(
    Object.entries(applying).map(([status, description]) => [
      status,
      problemResponse(
        status === '422' && rejections.length > 0
          ? `The business says no: \`${rejections.join('`, `')}\`. ${description}`
          : description,
      ),
    ]),
  );
}

function problemResponse(description: string): object {
  return {
    description,
    content: { 'application/problem+json': { schema: reference('schemas')('Problem') } },
  };
}
