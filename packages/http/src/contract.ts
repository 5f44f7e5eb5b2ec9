import type { ZodObject, ZodType } from 'zod';

/** One answer of a route. */
export interface AnswerContract {
  readonly description: string;
  readonly body?: ZodType;
}

/** One route, as data: validation, types, OpenAPI and the console's client are all made from it. */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it, without `/api`: `/flights/{id}`. */
  readonly path: `/${string}`;
  readonly summary: string;
  /** The right it needs: `<service>:<read|write>`. Every route names one. */
  readonly right: string;
  readonly params?: ZodObject;
  readonly query?: ZodObject;
  /** Unknown properties are refused. */
  readonly body?: ZodObject;
  /** Answers by status, problems excepted: those are the same for all routes and documented once. */
  readonly answers: { readonly [status: number]: AnswerContract };
  /** Reasons with which the business may say no (422). */
  readonly rejections?: readonly string[];
  /** The answer is a stream of server-sent events. */
  readonly streams?: true;
}

/** The routes of a service, by operation name. */
export type Routes = { readonly [operation: string]: RouteContract };
