import type { z } from 'zod';
import type { Answer } from './answer.ts';
import type { RouteContract, Routes } from './contract.ts';
import type { HttpContext } from './http-context.ts';

type Part<R extends RouteContract, Name extends 'params' | 'query' | 'body'> = R extends {
  readonly [K in Name]: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : undefined;

/** What a handler gets: the parts that its contract declares, validated; `undefined` for the others. */
export interface HandlerInput<R extends RouteContract> {
  readonly params: Part<R, 'params'>;
  readonly query: Part<R, 'query'>;
  readonly body: Part<R, 'body'>;
  readonly context: HttpContext;
}

/** One handler for each operation of the contract. */
export type Handlers<R extends Routes> = {
  readonly [Operation in keyof R]: (input: HandlerInput<R[Operation]>) => Promise<Answer>;
};
