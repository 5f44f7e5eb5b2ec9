export { type Answer, type AnswerMarks, isEventStream, toResponse } from './answer.ts';
export { type CommandAnswerParts, commandAnswer, entityAnswer } from './answers.ts';
export { carryOutWith } from './carry-out.ts';
export { awaitConsistency, type ConsistencyParts } from './consistency.ts';
export type { AnswerContract, RouteContract, Routes } from './contract.ts';
export { createDeferredCommands, type DeferredCommands } from './deferred-commands.ts';
export { eventStream, type ServerSentEvent } from './event-stream.ts';
export type { HandlerInput, Handlers } from './handlers.ts';
export { historyAnswer } from './history-answer.ts';
export type { HttpContext } from './http-context.ts';
export { marksOf } from './marks-of.ts';
export { momentOf } from './moment-of.ts';
export { type OpenApiParts, openApi } from './open-api.ts';
export {
  type FieldError,
  internalProblem,
  notFound,
  type ProblemParts,
  problem,
} from './problems.ts';
export { correlationIdOf } from './request-headers.ts';
export { resumeAt } from './resume-at.ts';
export { createHttpService, type HttpServiceParts } from './router.ts';
export { type Served, serve } from './serve.ts';
